"""What came of performing a test: for each case what failed, where that was asked for, and what happened instead."""

from dataclasses import dataclass

from engine.flow.document import Place


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was not as it must be. `what` names it: `hear`, `end`, `vars.reason`."""

    place: Place
    what: str
    expected: str
    got: str

    def __str__(self) -> str:
        place = self.place
        return f"{place.file}:{place.line}:{place.column}: {self.what}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One case. `lines` is the end of its dialogue when it failed; `call_seconds` the length of the imagined call."""

    name: str
    flow: str
    place: Place
    failures: tuple[Failure, ...] = ()
    lines: tuple[str, ...] = ()
    call_seconds: float = 0.0
    steps: int = 0

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.failures
