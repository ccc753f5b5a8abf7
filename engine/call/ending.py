"""How a call ends, as far as it is known: the cause, who ended it, and the engine's own reason, if it had one."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.signals import Json
from engine.flow.hangup_cause import outcome_of


@dataclass(slots=True)
class Ending:
    """What `call.ended` will say. `started` and `answered` are seconds since 1970, `answered` 0 when it never was."""

    started: float = 0.0
    cause: str = ""
    by_them: bool = False
    them: str = "caller"
    """Who the far party is: `caller`, or `callee` when we placed the call."""
    reason: str = ""

    def gone(self, cause: str, by_them: bool, *, in_vain: bool) -> None:
        """The far party's line has ended; `in_vain` when it was never picked up.

        Of such a line the switch says twice that it has ended, in any order, and only once by whom: the cause decides.
        """
        self.cause = cause
        self.by_them = outcome_of(cause) in ("busy", "rejected") if in_vain else by_them

    def because(self, reason: str) -> None:
        """The first reason counts; what follows from it is not another."""
        self.reason = self.reason or reason

    def fields(self, at: float, answered: float, tags: Mapping[str, Json]) -> dict[str, Json]:
        """The fields of `call.ended` for a call that ends at this time."""
        return {
            "cause": self.cause,
            "ended_by": self.them if self.by_them else "engine",
            "reason": self.reason,
            "duration_ms": round((at - self.started) * 1000),
            "answered_ms": round((at - answered) * 1000) if answered else 0,
            "tags": dict(tags),
        }
