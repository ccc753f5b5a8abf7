"""What a call is busy with: one script at a time, woken by what it waits for, its own faults caught."""

from dataclasses import dataclass
from typing import Any

from engine.call.desk import Desk
from engine.call.script import Script
from engine.core.effects import WriteLog
from engine.core.ids import AskId
from engine.core.steps import Step

FAULT = "a fault of the engine"


@dataclass(slots=True)
class Over:
    """A script has ended: what it returned; `fault` when it was our own mistake that ended it."""

    result: Any = None
    fault: bool = False


class Course:
    """The running script of a call, if there is one. Whatever runs it on gives `Over` when that was its end."""

    __slots__ = ("_desk", "script")

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.script: Script | None = None

    @property
    def awaited(self) -> frozenset[AskId]:
        """The asks it waits for just now."""
        wait = self.script.wait if self.script is not None else None
        return frozenset(wait.asks) if wait is not None else frozenset()

    def begin(self, steps: Step[Any]) -> Over | None:
        """Run a script from its beginning."""
        self.script = Script(steps, self._desk)
        return self.go_on(None)

    def look(self) -> Over | None:
        """Wake the script if what it waits for is here. It then waits for what is not: a wait begins with a look."""
        happened = self.script.match() if self.script is not None else None
        return self.go_on(happened) if happened is not None else None

    def timed_out(self) -> Over | None:
        """The time of its wait is over."""
        return self.go_on(self.script.timed_out()) if self.script is not None else None

    def go_on(self, happened: object) -> Over | None:
        """Let the script go on until it waits again or is done."""
        script = self.script
        if script is None:
            return None
        try:
            if not script.advance(happened):
                return None
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave a caller in silence
            self.script = None
            text = f"a step failed by {FAULT}: {type(error).__name__}: {error}"
            self._desk.do(WriteLog("error", text))
            self._desk.tell("flow.error", {"error": "engine.fault", "message": type(error).__name__})
            return Over(fault=True)
        self.script = None
        return Over(script.result)

    def stop(self) -> bool:
        """End the running script; what it began is undone. Whether there was one."""
        script, self.script = self.script, None
        if script is not None:
            script.close()
        self._desk.undo()
        return script is not None
