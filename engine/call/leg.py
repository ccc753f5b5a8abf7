"""One party's line in a call, as a table of states.

A leg we were called on begins as `arrived`, one we dial as `dialled`. The first leg of a call is its caller's: whom its
flow serves, whether they called us or we called them. A missing entry of the table means that the
happening tells nothing new in that state: switches repeat themselves, and events of two connections may cross.
"""

from collections.abc import Mapping
from typing import Literal

from engine.core.effects import AnswerLeg, BridgeLegs
from engine.core.ids import LegId

State = Literal["arrived", "dialled", "ringing", "answered", "bridged", "ended"]
Happening = Literal["rang", "answered", "bridged", "unbridged", "ended"]

TRANSITIONS: Mapping[State, Mapping[Happening, State]] = {
    "arrived": {"answered": "answered", "bridged": "bridged", "ended": "ended"},
    "dialled": {"rang": "ringing", "answered": "answered", "ended": "ended"},
    "ringing": {"answered": "answered", "ended": "ended"},
    "answered": {"bridged": "bridged", "ended": "ended"},
    "bridged": {"unbridged": "answered", "ended": "ended"},
    "ended": {},
}


class Leg:
    """The state of one leg and what is worth remembering of it."""

    __slots__ = ("answer_asked", "answered_at", "bridge_asked", "cause", "dialled", "held", "id", "other",
                 "rings_until", "state")  # fmt: skip

    def __init__(self, leg: LegId, *, dialled: bool) -> None:
        self.id = leg
        self.dialled = dialled
        self.state: State = "dialled" if dialled else "arrived"
        self.answered_at = 0.0
        self.rings_until = 0.0
        """When the ring time of a dialled leg is over."""
        self.cause = ""
        self.held = False
        self.other: LegId | None = None
        self.answer_asked: AnswerLeg | None = None
        """The answer asked for and not yet confirmed."""
        self.bridge_asked: BridgeLegs | None = None
        """The talk asked for and not yet confirmed."""

    def move(self, happening: Happening) -> bool:
        """Move by the table; False when the happening tells nothing new."""
        to = TRANSITIONS[self.state].get(happening)
        if to is None:
            return False
        self.state = to
        return True

    @property
    def taken(self) -> bool:
        """Whether somebody has picked up, or we have answered."""
        return self.state in ("answered", "bridged")

    @property
    def live(self) -> bool:
        """Whether the line still exists."""
        return self.state != "ended"
