"""A running generator of steps and the wait it is in."""

from math import inf
from typing import Any

from engine.call.desk import Desk
from engine.core.steps import Happened, Step, TimedOut, Wait


class Script:
    """Drives one generator until it waits for something that is not there yet."""

    __slots__ = ("_desk", "_generator", "due", "result", "wait")

    def __init__(self, generator: Step[Any], desk: Desk) -> None:
        self._generator = generator
        self._desk = desk
        self.wait: Wait | None = None
        self.due = inf
        """When the present wait is over."""
        self.result: Any = None

    def advance(self, reply: Any) -> bool:
        """Go on with a reply; True when the generator is done and `result` holds what it returned."""
        desk = self._desk
        waiting, caller = desk.waiting, desk.caller
        self.wait, self.due = None, inf
        try:
            while True:
                request = self._generator.send(reply)
                waiting.begin(request.digits_of or caller)
                reply = waiting.match(request, caller)
                if reply is None:
                    if request.timeout <= 0:
                        reply = TimedOut()
                        continue
                    self.wait = request
                    self.due = desk.at + request.timeout
                    return False
        except StopIteration as stop:
            self.result = stop.value
            return True

    def match(self) -> Happened | None:
        """What the present wait waits for, if it has come."""
        return self._desk.waiting.match(self.wait, self._desk.caller) if self.wait is not None else None

    def listen_anew(self) -> float:
        """Nobody listened for a while: a wait for keys begins anew, any other goes on. When it is over."""
        if self.wait is not None and self.wait.digits != "no":
            self.due = self._desk.at + self.wait.timeout
        return self.due

    def timed_out(self) -> Happened:
        """The reply to a wait whose time is over."""
        return TimedOut()

    def close(self) -> None:
        """Stop the generator where it is."""
        self._generator.close()
