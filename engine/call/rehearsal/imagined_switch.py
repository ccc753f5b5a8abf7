"""A switch that exists only in a dialogue: it plays, listens, rings and records in imagined time.

It does the effects of a call and tells it by signals what came of them, as a real one does by way of `engine/esl`: a
key stops an interruptible prompt, a talk ends with either party, a hang-up closes what was being recorded.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from typing import Any, Literal

from engine.call.rehearsal.hearing import FOR_EVER, duration, target_text
from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CancelAsk,
    CloseCall,
    CollectSecret,
    Deflect,
    Dial,
    DiscardRecording,
    Effect,
    HangUp,
    HttpCall,
    Play,
    StartRecording,
    StopPlay,
    StopRecording,
    WriteLog,
)
from engine.core.ids import AskId, LegId
from engine.core.signals import (
    Answer,
    Answered,
    Deflected,
    DigitPressed,
    HttpReply,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegFailed,
    LegRang,
    LegUnbridged,
    Played,
    Recorded,
    SecretDigits,
    Signal,
)
from engine.flow.rehearsal.source import PersonDoes

_CAUSES: dict[PersonDoes, tuple[str, float]] = {
    "busy": ("USER_BUSY", 0.5),
    "rejects": ("CALL_REJECTED", 1.0),
    "unreachable": ("USER_NOT_REGISTERED", 0.2),
    "fails": ("NORMAL_TEMPORARY_FAILURE", 0.2),
}
RINGS_AFTER = 0.5
PICKS_UP_AFTER = 3.0
REFERS_AFTER = 0.2

Told = Callable[[str, Any], None]
Ended = Literal["silence", "no_input", "max", "stopped", "hangup"]


@dataclass(slots=True)
class _Recording:
    start: StartRecording
    began: float
    version: int = 0


@dataclass(slots=True)
class _Secret:
    ask: CollectSecret
    typed: str = ""
    version: int = 0


@dataclass(slots=True)
class ImaginedSwitch:
    """The world of one dialogue. `signals` is what the call has yet to be told; `told` is given what people should see.

    `whom` says what the party does who is rung by a dial; `people`, in order, go before it.
    """

    caller: LegId
    told: Told
    now: float
    answer_http: Callable[[HttpCall], HttpReply]
    whom: Callable[[Dial], PersonDoes] = lambda _: "answers"
    people: deque[PersonDoes] = field(default_factory=deque)
    deflects: bool = True
    records: bool = True
    talking_to: LegId | None = None
    signals: deque[Signal] = field(default_factory=deque)
    dialled: dict[LegId, Dial] = field(default_factory=dict)
    recordings: dict[AskId, _Recording] = field(default_factory=dict)
    secret: _Secret | None = None
    closed: bool = False
    _playing: dict[LegId, Play] = field(default_factory=dict)
    _asked: set[AskId] = field(default_factory=set)
    _later: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _sequence: int = 0
    _caller_is_there: bool = True

    def let_go(self) -> None:
        """Forget whom to tell."""
        self.told = _nobody
        self.answer_http = _nothing
        self._later.clear()

    # Time

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let something happen after a while; never, for an endless while."""
        if seconds != FOR_EVER:
            self._sequence += 1
            heappush(self._later, (self.now + max(0.0, seconds), self._sequence, happen))

    def next_due(self) -> float:
        """When the next thing happens by itself."""
        return self._later[0][0] if self._later else FOR_EVER

    def happen(self) -> None:
        """Let time pass to the next thing, and let it happen."""
        due, _, happen = heappop(self._later)
        self.now = max(self.now, due)
        happen()

    # What a call has done

    def perform(self, effect: Effect) -> None:
        """Do what the call asks for."""
        do = _DONE_BY.get(type(effect))
        if do is not None:
            do(self, effect)

    def answer(self, number: AskId, answer: Answer) -> None:
        """An ask is complete; a second answer to it is nothing."""
        if number in self._asked:
            self._asked.discard(number)
            self.signals.append(Answered(self.now, number, answer))

    def _answer_leg(self, effect: AnswerLeg) -> None:
        self.told("note", "early media" if effect.early_media else "answered")
        if not effect.early_media:
            self.signals.append(LegAnswered(self.now, self.caller))

    def _hang_up(self, effect: HangUp) -> None:
        if effect.leg == self.caller:
            self.caller_leaves(effect.cause, by_them=False)
        else:
            self.leg_ends(effect.leg, effect.cause)

    def _close(self, _: CloseCall) -> None:
        self.closed = True

    def _request(self, call: HttpCall) -> None:
        self._asked.add(call.ask)
        reply = self.answer_http(call)
        self.told("http", (call, reply))
        self.later(reply.ms / 1000, partial(self.answer, call.ask, reply))

    def _deflect(self, effect: Deflect) -> None:
        self._asked.add(effect.ask)
        self.told("dial", f"hand over to {effect.uri}")
        reply = Deflected(True) if self.deflects else Deflected(False, "SIP/2.0 486 Busy Here")
        self.later(REFERS_AFTER, partial(self.answer, effect.ask, reply))

    def _discard(self, _: DiscardRecording) -> None:
        self.told("record", "the recording is dropped")

    def _cancel(self, effect: CancelAsk) -> None:
        self._asked.discard(effect.cancelled)

    def _log(self, effect: WriteLog) -> None:
        self.told("log", f"{effect.level}: {effect.text}")

    # What people do

    def press(self, leg: LegId, key: str) -> None:
        """One key."""
        if self.secret is not None and leg == self.caller:
            self._secret_key(key)
            return
        playing = self._playing.get(leg)
        self.signals.append(DigitPressed(self.now, leg, key))
        if playing is not None and playing.interruptible:
            self._stop(leg)

    def speak(self, seconds: float) -> bool:
        """The caller speaks for so long; False when nothing is recorded."""
        for number, recording in self.recordings.items():
            if recording.start.sides == "caller":
                recording.version += 1
                self._end_later(number, seconds + recording.start.silence_ms / 1000, "silence")
                return True
        return False

    def leg_ends(self, leg: LegId, cause: str, *, by_them: bool = False) -> None:
        """A dialled party is gone; a talk with it is over."""
        if leg not in self.dialled:
            return
        del self.dialled[leg]
        self.signals.append(LegEnded(self.now, leg, cause, by_them))
        if leg == self.talking_to:
            self.talking_to = None
            self.signals.append(LegUnbridged(self.now, self.caller, leg))

    def caller_leaves(self, cause: str, *, by_them: bool) -> None:
        """The caller's leg is gone: what is being recorded is kept, whoever talked to it is alone and goes too."""
        if not self._caller_is_there:
            return
        self._caller_is_there = False
        self.secret = None
        self._playing.pop(self.caller, None)
        self.signals.append(LegEnded(self.now, self.caller, cause, by_them))
        for number in list(self.recordings):
            self._recorded(number, "hangup")
        for leg in list(self.dialled):
            self.leg_ends(leg, "ORIGINATOR_CANCEL" if leg != self.talking_to else "NORMAL_CLEARING")

    # Prompts

    def _play(self, play: Play) -> None:
        self._asked.add(play.ask)
        self.told("hear" if play.leg == self.caller else "whisper", play.prompt)
        self._playing[play.leg] = play
        self.later(duration(play.prompt), partial(self._played, play, "done"))

    def _played(self, play: Play, status: Literal["done", "interrupted"]) -> None:
        if self._playing.get(play.leg) is play:
            del self._playing[play.leg]
        self.answer(play.ask, Played(status))

    def _stop(self, leg: LegId) -> None:
        playing = self._playing.get(leg)
        if playing is not None:
            self._played(playing, "interrupted")

    def _stop_play(self, effect: StopPlay) -> None:
        self._stop(effect.leg)

    # Secret entries

    def _collect(self, ask: CollectSecret) -> None:
        self._asked.add(ask.ask)
        self.secret = _Secret(ask)
        if ask.prompt:
            self.told("hear", ask.prompt)
        self._expect_key(duration(ask.prompt) + ask.first_ms / 1000)

    def _expect_key(self, seconds: float) -> None:
        secret = self.secret
        if secret is None:
            return
        secret.version += 1
        version = secret.version
        self.later(seconds, lambda: self._secret_over(secret, version))

    def _secret_over(self, secret: _Secret, version: int) -> None:
        if self.secret is secret and secret.version == version:
            self._secret_done("")

    def _secret_key(self, key: str) -> None:
        secret = self.secret
        if secret is None:
            return
        if key in secret.ask.terminators:
            self._secret_done(key)
            return
        secret.typed += key
        if len(secret.typed) >= secret.ask.max_digits:
            self._secret_done("")
        else:
            self._expect_key(secret.ask.interdigit_ms / 1000)

    def _secret_done(self, terminator: str) -> None:
        if self.secret is not None:
            secret, self.secret = self.secret, None
            self.answer(secret.ask.ask, SecretDigits(secret.typed, terminator))

    # Dialled legs

    def _dial(self, dial: Dial) -> None:
        does = self.people.popleft() if self.people else self.whom(dial)
        self.dialled[dial.leg] = dial
        self.told("dial", f"{target_text(dial)} {'answers' if does == 'answers' else does.replace('_', ' ')}")
        leg = dial.leg
        if does == "no_answer":
            self.later(RINGS_AFTER, lambda: self._rings(leg))
            self.later(dial.timeout, lambda: self._dial_fails(leg, "NO_ANSWER"))
        elif does == "answers":
            self.later(RINGS_AFTER, lambda: self._rings(leg))
            self.later(PICKS_UP_AFTER, lambda: self._picks_up(leg))
        else:
            cause, after = _CAUSES[does]
            self.later(after, lambda: self._dial_fails(leg, cause))

    def _rings(self, leg: LegId) -> None:
        if leg in self.dialled:
            self.signals.append(LegRang(self.now, leg))

    def _picks_up(self, leg: LegId) -> None:
        if leg in self.dialled:
            self.signals.append(LegAnswered(self.now, leg))

    def _dial_fails(self, leg: LegId, cause: str) -> None:
        if self.dialled.pop(leg, None) is not None:
            self.signals.append(LegFailed(self.now, leg, cause))

    def _bridge(self, effect: BridgeLegs) -> None:
        other = effect.other
        if other not in self.dialled:
            return
        self._stop(self.caller)
        self.talking_to = other
        self.told("bridge", f"connected with {target_text(self.dialled[other])}")
        self.signals.append(LegBridged(self.now, self.caller, other))

    # Recordings

    def _record(self, start: StartRecording) -> None:
        number = start.ask
        self._asked.add(number)
        if not self.records:
            self.told("record", "the switch cannot record")
            self.answer(number, Recorded(0, "failed", start.path, "the switch cannot record"))
            return
        self.told("record", "recording begins")
        self.recordings[number] = _Recording(start, self.now)
        if start.first_sound_ms:
            self._end_later(number, start.first_sound_ms / 1000, "no_input")
        if start.max_ms:
            self.later(start.max_ms / 1000, lambda: self._recorded(number, "max"))

    def _end_later(self, number: AskId, seconds: float, cause: Literal["silence", "no_input"]) -> None:
        recording = self.recordings[number]
        version = recording.version

        def end() -> None:
            if self.recordings.get(number) is recording and recording.version == version:
                self._recorded(number, cause)

        self.later(seconds, end)

    def _stop_recording(self, effect: StopRecording) -> None:
        for number, recording in list(self.recordings.items()):
            if recording.start.path == effect.path:
                self._recorded(number, "stopped")

    def _recorded(self, number: AskId, cause: Ended) -> None:
        recording = self.recordings.pop(number, None)
        if recording is not None:
            ms = round((self.now - recording.began) * 1000)
            self.told("record", f"recording ends: {cause}, {ms / 1000:.1f} s")
            self.answer(number, Recorded(ms, cause, recording.start.path))


def _nobody(_what: str, _thing: Any) -> None:
    """Nothing is told any more."""


def _nothing(_: HttpCall) -> HttpReply:
    return HttpReply(0, error="http.connect")


_DONE_BY: Mapping[type[Effect], Callable[[ImaginedSwitch, Any], None]] = {
    AnswerLeg: ImaginedSwitch._answer_leg,
    BridgeLegs: ImaginedSwitch._bridge,
    CancelAsk: ImaginedSwitch._cancel,
    CloseCall: ImaginedSwitch._close,
    CollectSecret: ImaginedSwitch._collect,
    Deflect: ImaginedSwitch._deflect,
    Dial: ImaginedSwitch._dial,
    DiscardRecording: ImaginedSwitch._discard,
    HangUp: ImaginedSwitch._hang_up,
    HttpCall: ImaginedSwitch._request,
    Play: ImaginedSwitch._play,
    StartRecording: ImaginedSwitch._record,
    StopPlay: ImaginedSwitch._stop_play,
    StopRecording: ImaginedSwitch._stop_recording,
    WriteLog: ImaginedSwitch._log,
}
"""What does each effect; the others change nothing that a dialogue can show."""
