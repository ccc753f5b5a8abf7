"""A switch that exists only in a dialogue: it plays, listens, rings and records in imagined time.

What it does is what the engine relies on: a key stops an interruptible prompt, keys are kept until read, an answer that
came early waits for its wait. Times of speech are estimated from the words.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Literal

from engine.core.effects import (
    AnswerLeg,
    Ask,
    BridgeLegs,
    CancelAsk,
    CollectSecret,
    Deflect,
    Dial,
    DiscardRecording,
    Effect,
    GatewayNumber,
    HangUp,
    HttpCall,
    Play,
    RegisteredUser,
    SipUri,
    StartRecording,
    StopPlay,
    StopRecording,
    WriteLog,
)
from engine.core.ids import AskId, LegId
from engine.core.prompts import Music, Prompt, Silence, SoundFile, Speech, Tone
from engine.core.signals import Answer, Deflected, HttpReply, Played, Recorded, SecretDigits
from engine.core.steps import Digit, Done, Happened, LegChange, Wait

PersonDoes = Literal["answers", "busy", "no_answer", "rejects", "unreachable", "fails"]
_CAUSES: dict[PersonDoes, tuple[str, float]] = {
    "busy": ("USER_BUSY", 0.5),
    "rejects": ("CALL_REJECTED", 1.0),
    "unreachable": ("USER_NOT_REGISTERED", 0.2),
    "fails": ("NORMAL_TEMPORARY_FAILURE", 0.2),
}
RINGS_AFTER = 0.5
PICKS_UP_AFTER = 3.0
FOR_EVER = float("inf")

Told = Callable[[str, str], None]


def words(prompt: Prompt) -> str:
    """A prompt as a listener would write it down."""
    parts = []
    for item in prompt:
        match item:
            case Speech(text=text):
                parts.append(text)
            case SoundFile(path=path, name=name):
                parts.append(f"[{name or path.rsplit('/', 1)[-1]}]")
            case Tone():
                parts.append("(tone)")
            case Music(name=name):
                parts.append(f"(music: {name})")
            case Silence():
                pass
    return " ".join(parts)


def duration(prompt: Prompt) -> float:
    """About how many seconds a prompt lasts."""
    total = 0.0
    for item in prompt:
        match item:
            case Speech(text=text):
                total += 0.4 + 0.06 * len(text)
            case SoundFile():
                total += 3.0
            case Silence(ms=ms):
                total += ms / 1000
            case Tone(loops=loops):
                total += FOR_EVER if loops < 0 else 0.2 * loops
            case Music():
                total += FOR_EVER
    return total


def target_text(dial: Dial) -> str:
    """Whom a dial rings, as authors write it."""
    match dial.target:
        case RegisteredUser(name=name):
            return f"user/{name}"
        case GatewayNumber(number=number, gateway=gateway):
            return f"gateway/{gateway}/{number}" if gateway else number
        case SipUri(uri=uri):
            return uri


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
class DialogueSwitch:
    """What happens in the world of one dialogue. `told` is given every line people should see."""

    caller: LegId
    told: Told
    now: float
    answer_http: Callable[[HttpCall], HttpReply]
    people: deque[PersonDoes] = field(default_factory=deque)
    deflects: bool = True
    on_answered: Callable[[], None] = lambda: None
    talking_to: LegId | None = None
    asks: dict[AskId, Ask] = field(default_factory=dict)
    dialled: dict[LegId, Dial] = field(default_factory=dict)
    recordings: dict[AskId, _Recording] = field(default_factory=dict)
    secret: _Secret | None = None
    _playing: dict[LegId, AskId] = field(default_factory=dict)
    _answers: dict[AskId, Answer] = field(default_factory=dict)
    _changes: list[LegChange] = field(default_factory=list)
    _unread: dict[LegId, deque[str]] = field(default_factory=dict)
    _fresh: set[LegId] = field(default_factory=set)
    _later: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _number: int = 0
    _sequence: int = 0

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

    # What steps ask for

    def begin(self, ask: Ask) -> AskId:
        """Begin an ask under the next number."""
        self._number += 1
        number = AskId(self._number)
        ask = replace(ask, ask=number)
        self.asks[number] = ask
        match ask:
            case Play():
                self._play(ask.leg, ask.prompt, number)
            case CollectSecret():
                self.secret = _Secret(ask)
                self._heard(ask.leg, ask.prompt)
                self._expect_key(duration(ask.prompt) + ask.first_ms / 1000)
            case Deflect():
                self.told("dial", f"hand over to {ask.uri}")
                reply = Deflected(True) if self.deflects else Deflected(False, "SIP/2.0 486 Busy Here")
                self.later(0.2, lambda: self.answer(number, reply))
            case StartRecording():
                self._record(ask, number)
            case HttpCall():
                reply_http = self.answer_http(ask)
                self.told("http", f"{ask.method} {ask.url} -> {reply_http.error or reply_http.status}")
                self.later(reply_http.ms / 1000, lambda: self.answer(number, reply_http))
        return number

    def perform(self, effect: Effect) -> None:
        """Do what nobody answers."""
        match effect:
            case AnswerLeg(early_media=early):
                self.told("note", "early media" if early else "answered")
                if not early:
                    self.on_answered()
                    self._changes.append(LegChange(self.caller, "answered"))
            case StopPlay(leg=leg):
                self._stop(leg)
            case Dial():
                self._dial(effect)
            case BridgeLegs(other=other):
                self._stop(self.caller)
                self.talking_to = other
                self.told("bridge", f"connected with {target_text(self.dialled[other])}")
                self._changes.append(LegChange(other, "bridged"))
            case HangUp(leg=leg, cause=cause):
                self.leg_ends(leg, cause)
            case StopRecording(path=path):
                for number, recording in list(self.recordings.items()):
                    if recording.start.path == path:
                        self._recorded(number, "stopped")
            case DiscardRecording():
                self.told("record", "the recording is dropped")
            case CancelAsk(cancelled=cancelled):
                self.asks.pop(cancelled, None)
            case WriteLog(level=level, text=text):
                self.told("log", f"{level}: {text}")
            case _:
                pass

    def answer(self, number: AskId, answer: Answer) -> None:
        """An ask is complete; a second answer to it is nothing."""
        if self.asks.pop(number, None) is not None:
            self._answers[number] = answer

    # What people do

    def press(self, leg: LegId, key: str) -> None:
        """One key."""
        if self.secret is not None and leg == self.caller:
            self._secret_key(key)
            return
        self._unread.setdefault(leg, deque()).append(key)
        self._fresh.add(leg)
        number = self._playing.get(leg)
        ask = self.asks.get(number) if number is not None else None
        if isinstance(ask, Play) and ask.interruptible:
            self._stop(leg)

    def speak(self, seconds: float) -> bool:
        """The caller speaks for so long; False when nothing is recorded."""
        for number, recording in self.recordings.items():
            if recording.start.sides == "caller":
                recording.version += 1
                self._end_later(number, seconds + recording.start.silence_ms / 1000, "silence")
                return True
        return False

    def leg_ends(self, leg: LegId, cause: str) -> None:
        """A dialled party is gone."""
        if leg not in self.dialled:
            return
        del self.dialled[leg]
        self._changes.append(LegChange(leg, "ended", cause))
        if leg == self.talking_to:
            self.talking_to = None

    def caller_gone(self) -> None:
        """The caller's leg is gone: what is being recorded is kept, other parties are let go."""
        for number in list(self.recordings):
            self._recorded(number, "hangup")
        for leg in list(self.dialled):
            self.leg_ends(leg, "ORIGINATOR_CANCEL")

    # How waits are served

    def flush(self) -> None:
        """Forget the caller's unread keys."""
        self._unread.pop(self.caller, None)
        self._fresh.discard(self.caller)

    def begin_wait(self, wait: Wait) -> None:
        """Only keys pressed from now on are fresh."""
        self._fresh.discard(wait.digits_of or self.caller)

    def match(self, wait: Wait) -> Happened | None:
        """What the wait waits for, if it is there."""
        leg = wait.digits_of or self.caller
        unread = self._unread.get(leg)
        if wait.digits == "take" and unread:
            return Digit(unread.popleft())
        if wait.digits == "fresh" and leg in self._fresh and unread:
            self._fresh.discard(leg)
            return Digit(unread[-1])
        for number in wait.asks:
            if number in self._answers:
                return Done(number, self._answers.pop(number))
        for change in self._changes:
            if change.leg in wait.legs:
                self._changes.remove(change)
                return change
        return None

    # Prompts

    def _heard(self, leg: LegId, prompt: Prompt) -> None:
        text = words(prompt)
        if text:
            self.told("hear" if leg == self.caller else "whisper", text)

    def _play(self, leg: LegId, prompt: Prompt, number: AskId) -> None:
        self._heard(leg, prompt)
        self._playing[leg] = number
        self.later(duration(prompt), lambda: self._played(leg, number, Played("done")))

    def _played(self, leg: LegId, number: AskId, played: Played) -> None:
        if self._playing.get(leg) == number:
            del self._playing[leg]
        self.answer(number, played)

    def _stop(self, leg: LegId) -> None:
        if leg in self._playing:
            self._played(leg, self._playing[leg], Played("interrupted"))

    # Secret entries

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
        does = self.people.popleft() if self.people else "answers"
        self.dialled[dial.leg] = dial
        self.told("dial", f"{target_text(dial)} {'answers' if does == 'answers' else does.replace('_', ' ')}")
        if does == "no_answer":
            self.later(RINGS_AFTER, lambda: self._leg_changes(dial.leg, "ringing"))
            self.later(dial.timeout, lambda: self._dial_fails(dial.leg, "NO_ANSWER"))
        elif does == "answers":
            self.later(RINGS_AFTER, lambda: self._leg_changes(dial.leg, "ringing"))
            self.later(PICKS_UP_AFTER, lambda: self._leg_changes(dial.leg, "answered"))
        else:
            cause, after = _CAUSES[does]
            self.later(after, lambda: self._dial_fails(dial.leg, cause))

    def _leg_changes(self, leg: LegId, what: Literal["ringing", "answered"]) -> None:
        if leg in self.dialled:
            self._changes.append(LegChange(leg, what))

    def _dial_fails(self, leg: LegId, cause: str) -> None:
        if self.dialled.pop(leg, None) is not None:
            self._changes.append(LegChange(leg, "failed", cause))

    # Recordings

    def _record(self, start: StartRecording, number: AskId) -> None:
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

    def _recorded(self, number: AskId, cause: Literal["silence", "no_input", "max", "stopped", "hangup"]) -> None:
        recording = self.recordings.pop(number, None)
        if recording is not None:
            ms = round((self.now - recording.began) * 1000)
            self.told("record", f"recording ends: {cause}, {ms / 1000:.1f} s")
            self.answer(number, Recorded(ms, cause, recording.start.path))
