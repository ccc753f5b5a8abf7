"""The hands of a call's steps: here asks and events are numbered, and what is under way is kept."""

from collections.abc import Mapping
from dataclasses import replace

from engine.call.leg import Leg
from engine.call.outcome import Outcome
from engine.call.recording import VERDICTS, Recordings, verdict
from engine.call.waiting import Waiting
from engine.core.effects import (
    AnswerLeg,
    Ask,
    BridgeLegs,
    CancelAsk,
    Dial,
    Effect,
    HttpCall,
    SetMasked,
    StartRecording,
)
from engine.core.events import CallEvent
from engine.core.ids import AskId, CallId, LegId, new_leg_id
from engine.core.signals import Answer, Json, Refused


class Desk:
    """Counts and collects. Everything it numbers is numbered in order, so a replayed call gets the same numbers."""

    __slots__ = ("_asks", "_events", "_legs", "at", "call", "caller", "legs", "outcome", "pending", "recordings",
                 "tenant", "waiting")  # fmt: skip

    def __init__(self, call: CallId, tenant: str) -> None:
        self.call = call
        self.tenant = tenant
        self.caller = LegId(call)
        self.at = 0.0
        self.legs: dict[LegId, Leg] = {}
        self.pending: dict[AskId, Ask] = {}
        self.recordings = Recordings()
        self.waiting = Waiting()
        self.outcome = Outcome()
        self._asks = 0
        self._events = 0
        self._legs = 0

    def tell(self, kind: str, fields: Mapping[str, Json]) -> None:
        """Publish the next CallEvent."""
        if kind in VERDICTS:
            self.recordings.told(str(fields.get("recording")))
        self._events += 1
        self.outcome.events.append(CallEvent(self.call, self._events, kind, self.at, self.tenant, fields))

    def do(self, effect: Effect) -> None:
        """Have an effect performed, and remember what it begins."""
        if isinstance(effect, Dial):
            leg = self.legs[effect.leg] = Leg(effect.leg, dialled=True)
            leg.rings_until = self.at + effect.timeout
        elif isinstance(effect, SetMasked):
            self.recordings.masked(effect)
        elif isinstance(effect, AnswerLeg):
            self.legs[effect.leg].answer_asked = effect
        elif isinstance(effect, BridgeLegs):
            self.legs[effect.leg].bridge_asked = effect
        self.outcome.effects.append(effect)

    def start(self, ask: Ask) -> AskId:
        """Begin an ask under the next number. One that was begun before is begun anew, as another."""
        self._asks += 1
        number = AskId(self._asks)
        if ask.ask:
            ask = replace(ask, ask=number)
        else:
            ask.ask = number
        self.pending[number] = ask
        if isinstance(ask, StartRecording):
            self.recordings.began(ask)
        self.outcome.effects.append(ask)
        return number

    def flush(self) -> None:
        """Forget the keys of the caller that nobody has used."""
        self.waiting.flush(self.caller)

    def new_leg(self) -> LegId:
        """Reserve the id of the next leg this call dials."""
        self._legs += 1
        return new_leg_id(self.call, self._legs)

    def undo(self) -> None:
        """A step was cut short: drop its requests, take back its masks, forget who waited for its recordings."""
        for number, ask in list(self.pending.items()):
            if isinstance(ask, HttpCall):
                del self.pending[number]
                self.do(CancelAsk(number))
        if not self.recordings:
            return
        for effect in self.recordings.unmasking():
            self.do(effect)
        self.recordings.abandon()
        self.tell_recordings()

    def closed(self, number: AskId, answer: Answer) -> None:
        """An ask was answered: if it was a recording, its file is closed, and told of if no step will do so."""
        if self.recordings:
            self.recordings.closed(number, answer)
            self.tell_recordings()

    def tell_recordings(self) -> None:
        """Tell what became of the files no step will speak of any more."""
        for start, answer in self.recordings.untold():
            self.tell(*verdict(start, answer))

    def lose_recordings(self) -> None:
        """Nobody will say any more what became of the open files: perhaps they were never opened."""
        for number, ask in list(self.pending.items()):
            if isinstance(ask, StartRecording):
                del self.pending[number]
                self.recordings.closed(number, Refused("lost"))
        self.recordings.abandon()
        self.tell_recordings()
