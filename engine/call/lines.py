"""The legs of one call: what happens to each is remembered, told, and kept for the step that waits for it."""

from engine.call.desk import Desk
from engine.call.leg import Leg
from engine.core.effects import HangUp
from engine.core.ids import LegId
from engine.core.steps import LegChange

UNBRIDGE_PATIENCE = 2.0
"""Seconds a caller may take to come back from a talk whose other leg has ended."""


class Lines:
    """Moves the legs at a desk. Happenings that tell nothing new, and legs of other calls, change nothing."""

    __slots__ = ("_deferred", "_desk", "return_due")

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._deferred: LegChange | None = None
        self.return_due: float | None = None
        """When a caller who has not come back from a talk is taken to have done so."""

    def _leg(self, leg: LegId) -> Leg | None:
        return self._desk.legs.get(leg)

    def rang(self, leg_id: LegId) -> bool:
        """A dialled leg rings; whether that is news."""
        leg = self._leg(leg_id)
        if leg is None or not leg.move("rang"):
            return False
        self._desk.tell("call.ringing", {"leg": leg_id})
        self._desk.waiting.change(LegChange(leg_id, "ringing"))
        return True

    def answered(self, leg_id: LegId) -> Leg | None:
        """A leg was answered; the leg, if that is news."""
        leg = self._leg(leg_id)
        if leg is None or not leg.move("answered"):
            return None
        leg.answered_at = self._desk.at
        leg.answer_asked = None
        self._desk.tell("call.answered", {"leg": leg_id, "direction": "outbound" if leg.dialled else "inbound"})
        self._desk.waiting.change(LegChange(leg_id, "answered"))
        return leg

    def bridged(self, one: LegId, two: LegId) -> None:
        """Two legs hear each other."""
        first, second = self._leg(one), self._leg(two)
        if first is None or second is None:
            return
        moved = first.move("bridged")
        moved = second.move("bridged") or moved
        first.other, second.other = two, one
        first.bridge_asked = second.bridge_asked = None
        if moved:
            caller, other = (one, two) if one == self._desk.caller else (two, one)
            self._desk.tell("call.bridged", {"leg": caller, "other": other})
            self._desk.waiting.change(LegChange(other, "bridged"))

    def unbridged(self, leg_id: LegId) -> None:
        """A leg left a talk and waits for us again."""
        leg = self._leg(leg_id)
        if leg is None or not leg.move("unbridged"):
            return
        other, leg.other = leg.other, None
        if leg_id != self._desk.caller:
            return
        if self._deferred is not None:
            self.returned()
        elif other is not None and (partner := self._leg(other)) and partner.live:
            partner.move("unbridged")
            self._desk.waiting.change(LegChange(other, "unbridged"))

    def returned(self) -> None:
        """The caller is back from a talk whose other leg has ended: now that end is told."""
        change, self._deferred = self._deferred, None
        self.return_due = None
        if change is not None:
            self._desk.waiting.change(change)

    def held(self, leg_id: LegId, held: bool) -> None:
        """A party put its phone on hold, or took it back."""
        leg = self._leg(leg_id)
        if leg is None or not leg.live or leg.held == held:
            return
        leg.held = held
        self._desk.tell("call.held" if held else "call.resumed", {"leg": leg_id})

    def ended(self, leg_id: LegId, cause: str) -> bool:
        """A leg is gone; True when it is the caller's."""
        leg = self._leg(leg_id)
        if leg is None:
            return False
        before = leg.state
        if not leg.move("ended"):
            return False
        leg.cause = cause
        if leg_id == self._desk.caller:
            return True
        change = LegChange(leg_id, "ended" if before in ("answered", "bridged") else "failed", cause)
        caller = self._leg(self._desk.caller)
        if before == "bridged" and caller is not None and caller.state == "bridged":
            # The caller's leg is still leaving the bridge: what is asked of it now would run inside the bridge.
            self._deferred = change
            self.return_due = self._desk.at + UNBRIDGE_PATIENCE
        else:
            self._desk.waiting.change(change)
        return False

    def end_others(self) -> None:
        """Have every leg but the caller's ended."""
        for leg in self._desk.legs.values():
            if leg.id != self._desk.caller and leg.live:
                self._desk.do(HangUp(leg.id, "NORMAL_CLEARING" if leg.taken else "ORIGINATOR_CANCEL"))
