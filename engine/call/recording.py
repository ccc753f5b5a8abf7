"""The recordings of a call: which are running, what they are called, and what became of them."""

from dataclasses import dataclass

from engine.core.effects import Effect, SetMasked, StartRecording, StopRecording
from engine.core.ids import AskId
from engine.core.signals import Answer, Json, Recorded, Refused

VERDICTS = frozenset({"recording.saved", "recording.failed"})
"""The CallEvents that say what became of a recording."""


@dataclass(slots=True)
class Running:
    """One open recording file."""

    start: StartRecording
    masked: bool = False
    abandoned: bool = False
    answer: Answer | None = None
    """How the file was closed, while the step has not yet said so."""


class Recordings:
    """The recordings of one call by the number of the ask that began them."""

    __slots__ = ("_running",)

    def __init__(self) -> None:
        self._running: dict[AskId, Running] = {}

    def began(self, start: StartRecording) -> None:
        """A recording was asked for."""
        self._running[start.ask] = Running(start)

    def masked(self, effect: SetMasked) -> None:
        """A running recording was masked or unmasked."""
        for running in self._running.values():
            if running.start.path == effect.path:
                running.masked = effect.masked

    def abandon(self) -> None:
        """The step that waits for the open files is no more: what becomes of them is told by the call itself."""
        for running in self._running.values():
            running.abandoned = True

    def closed(self, ask: AskId, answer: Answer) -> None:
        """The file of a recording was closed; an answer to anything else changes nothing."""
        running = self._running.get(ask)
        if running is not None:
            running.answer = answer

    def untold(self) -> list[tuple[StartRecording, Answer]]:
        """The closed files no step will speak of any more; each is given once."""
        asks = [ask for ask, running in self._running.items() if running.abandoned and running.answer is not None]
        found = [self._running.pop(ask) for ask in asks]
        return [(running.start, running.answer) for running in found if running.answer is not None]

    def told(self, name: str) -> None:
        """The step has said what became of a recording; whatever comes later, it is not said twice."""
        for ask in [ask for ask in self._running if recording_name(ask) == name]:
            del self._running[ask]

    def stopping(self) -> list[Effect]:
        """What closes every open file."""
        return [
            StopRecording(running.start.leg, running.start.path)
            for running in self._running.values()
            if running.answer is None
        ]

    def __bool__(self) -> bool:
        """Whether there is any of which something is still to be told."""
        return bool(self._running)

    @property
    def open(self) -> int:
        """How many files are not yet closed."""
        return sum(running.answer is None for running in self._running.values()) if self._running else 0

    def unmasking(self) -> list[Effect]:
        """What takes back every mask, so that a step cut short never leaves a talk unrecorded."""
        effects: list[Effect] = []
        for running in self._running.values():
            if running.masked and running.answer is None:
                running.masked = False
                effects.append(SetMasked(running.start.leg, running.start.path, False))
        return effects


def recording_name(ask: AskId) -> str:
    """What the world calls a recording."""
    return f"rec_{ask}"


def verdict(start: StartRecording, answer: Answer) -> tuple[str, dict[str, Json]]:
    """The CallEvent of a recording nobody waited for any more: its type and its fields."""
    fields: dict[str, Json] = {"recording": recording_name(start.ask), "path": start.path}
    if isinstance(answer, Recorded) and answer.cause != "failed" and answer.ms > 0:
        return "recording.saved", fields | {"duration_ms": answer.ms}
    reason = answer.detail or "no sound" if isinstance(answer, Recorded | Refused) else "no sound"
    return "recording.failed", fields | {"reason": reason}
