"""Ringing people until one takes the call: one after the other, or all at once, with a word to them before.

A phone that is picked up may first hear a whisper, and may have to press a key to take the call; one that is not
pressed is as good as not answered (a voice mail picks up too). Only one party is offered the call at a time while the
others go on ringing; keys pressed by those who wait are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.core.effects import Dial, DialTarget, HangUp, Play, StopPlay
from engine.core.ids import AskId, LegId
from engine.core.prompts import Prompt
from engine.core.steps import Digit, Done, LegChange, Step, Wait
from engine.flow.asking import LONGEST_PROMPT
from engine.flow.hangup_cause import Outcome, outcome_of
from engine.flow.ringback import Ringback
from engine.flow.view import View

RING_GUARD = 3.0
"""Seconds after the ring time when a leg that nobody says has ended is ended by us."""
ACCEPT_TIME = 10.0
"""Seconds to press the accepting key after the whisper."""
TURN = 1.0
"""Seconds between looks at the keys of the others, when several have picked up at once."""


@dataclass(frozen=True, slots=True)
class Ring:
    """How to ring: seconds of ring time, who is shown as calling, and what those who pick up hear and press."""

    timeout: float
    caller_number: str
    caller_name: str
    whisper: Prompt = ()
    accept_key: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A party rung in vain."""

    to: str
    outcome: Outcome
    cause: str


@dataclass(slots=True)
class _Party:
    to: str
    leg: LegId
    picked_up: bool = False
    whisper: AskId | None = None
    deadline: float = 0.0


@dataclass(slots=True)
class Ringing:
    """One round of ringing. `failures` is filled as parties fall away."""

    view: View
    ring: Ring
    sound: Ringback
    failures: list[Failure] = field(default_factory=list)
    _parties: list[_Party] = field(default_factory=list)

    def run(self, targets: Sequence[tuple[str, DialTarget]]) -> Step[tuple[str, LegId] | None]:
        """Ring all targets at once; the first who takes the call and its answered leg, or None when nobody does."""
        ring = self.ring
        for to, target in targets:
            leg = self.view.new_leg()
            self.view.do(Dial(leg, target, ring.timeout, ring.caller_number, ring.caller_name))
            self._parties.append(_Party(to, leg, deadline=self.view.now + ring.timeout + RING_GUARD))
        while self._parties:
            taker = yield from self._next()
            if taker is not None:
                for party in self._parties:
                    if party is not taker:
                        self.view.do(HangUp(party.leg, "LOSE_RACE"))
                self._parties.clear()
                return taker.to, taker.leg
        return None

    def _next(self) -> Step[_Party | None]:
        """Wait for the next thing to happen; the party that now takes the call, if one does."""
        waiting = [party for party in self._parties if party.picked_up]
        if len(waiting) > 1:
            for party in waiting:
                happened = yield Wait(0, digits="take", digits_of=party.leg)
                if isinstance(happened, Digit) and happened.digit == self.ring.accept_key:
                    return self._accepted(party)
        due = min(party.deadline for party in self._parties) - self.view.now
        listening = waiting[0].leg if waiting and self.ring.accept_key else None
        happened = yield Wait(
            max(0.0, min(due, TURN) if len(waiting) > 1 else due),
            asks=tuple(ask for ask in (self.sound.ask, *(party.whisper for party in waiting)) if ask is not None),
            digits="no" if listening is None else "take",
            digits_of=listening,
            legs=tuple(party.leg for party in self._parties),
        )
        match happened:
            case LegChange(leg=leg):
                return self._changed(self._of(leg), happened)
            case Digit(digit=digit):
                if digit == self.ring.accept_key:
                    return self._accepted(waiting[0])
                return None
            case Done(ask=ask, answer=answer):
                if ask == self.sound.ask:
                    self.sound.ended(answer)
                    return None
                return self._whispered(next(party for party in waiting if party.whisper == ask))
        for party in [party for party in self._parties if party.deadline <= self.view.now + 0.001]:
            self._drop(party, "no_answer", "NO_ANSWER" if party.picked_up else "ALLOTTED_TIMEOUT")
        return None

    def _of(self, leg: LegId) -> _Party:
        return next(party for party in self._parties if party.leg == leg)

    def _changed(self, party: _Party, change: LegChange) -> _Party | None:
        if change.what in ("failed", "ended"):
            outcome = "no_answer" if party.picked_up else outcome_of(change.cause)
            self.failures.append(Failure(party.to, outcome, change.cause))
            self._parties.remove(party)
        elif change.what == "answered":
            if not self.ring.whisper and not self.ring.accept_key:
                return party
            party.picked_up = True
            party.deadline = self.view.now + ACCEPT_TIME
            if self.ring.whisper:
                party.whisper = self.view.start(
                    Play(party.leg, self.ring.whisper, interruptible=bool(self.ring.accept_key))
                )
                party.deadline = self.view.now + LONGEST_PROMPT
        return None

    def _whispered(self, party: _Party) -> _Party | None:
        """The whisper is over (or could not be played): the call is theirs, unless they must press a key for it."""
        party.whisper = None
        party.deadline = self.view.now + ACCEPT_TIME
        return None if self.ring.accept_key else party

    def _accepted(self, party: _Party) -> _Party:
        if party.whisper is not None:
            self.view.do(StopPlay(party.leg))
        return party

    def _drop(self, party: _Party, outcome: Outcome, cause: str) -> None:
        self.view.do(HangUp(party.leg, "NORMAL_CLEARING" if party.picked_up else "ORIGINATOR_CANCEL"))
        self.failures.append(Failure(party.to, outcome, cause))
        self._parties.remove(party)
