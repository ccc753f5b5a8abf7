"""Signals: everything that can happen to a call. Past tense; `at` is seconds since 1970, read by the shell.

A signal is all a call machine ever learns. The journal is the list of them, so every field is plain data.
"""

from dataclasses import dataclass, field
from typing import Literal

from engine.core.effects import DialTarget
from engine.core.ids import AskId, LegId

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(slots=True)
class LegArrived:
    """A caller's leg is parked on a switch and waits for us.

    `headers` are its X- headers, by lower-case name; `recordings` the folder where this call's recordings go.
    """

    at: float
    leg: LegId
    switch: str
    caller: str
    caller_name: str
    called: str
    trunk: str = ""
    source: str = ""
    answered: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    recordings: str = ""


@dataclass(slots=True)
class DialRequested:
    """Somebody with the right to do so has a leg dialled: who answers it is the caller of this flow.

    `ring_time` and `max_duration` (counted from the answer) are seconds, `recordings` as in `LegArrived`.
    """

    at: float
    leg: LegId
    switch: str
    target: DialTarget
    flow: str
    inputs: dict[str, Json]
    ring_time: float
    max_duration: float
    caller: str = ""
    caller_name: str = ""
    recordings: str = ""


@dataclass(slots=True)
class LegRang:
    """A leg we dialled is ringing; `early_media` when it sends sound before it answers."""

    at: float
    leg: LegId
    early_media: bool = False


@dataclass(slots=True)
class LegAnswered:
    """A leg was answered: an arrived one by us, a dialled one by its party."""

    at: float
    leg: LegId


@dataclass(slots=True)
class LegFailed:
    """A dial was refused before a leg existed, or ended unanswered; `cause` is the switch's hang-up cause."""

    at: float
    leg: LegId
    cause: str


@dataclass(slots=True)
class LegBridged:
    """Two legs hear each other."""

    at: float
    leg: LegId
    other: LegId


@dataclass(slots=True)
class LegUnbridged:
    """A leg no longer hears `other` and waits for us again."""

    at: float
    leg: LegId
    other: LegId


@dataclass(slots=True)
class LegHeld:
    """A party put its phone on hold (`held`), or took it back."""

    at: float
    leg: LegId
    held: bool


@dataclass(slots=True)
class LegEnded:
    """The final word on a leg. `by_them` when the far party ended it."""

    at: float
    leg: LegId
    cause: str
    by_them: bool = False


@dataclass(slots=True)
class DigitPressed:
    """One key of a leg's phone: 0-9 * # A-D."""

    at: float
    leg: LegId
    digit: str


@dataclass(slots=True)
class Played:
    """Answer to `Play`. `interrupted` when a key or a stop ended it early, `missing` when there was no sound."""

    status: Literal["done", "interrupted", "missing", "failed"]
    detail: str = ""


@dataclass(slots=True)
class SecretDigits:
    """Answer to `CollectSecret`: what was keyed, and the terminator that ended it, if one did."""

    digits: str
    terminator: str = ""


@dataclass(slots=True)
class Recorded:
    """Answer to `StartRecording`, when the file is closed. `cause` says what ended it."""

    ms: int
    cause: Literal["silence", "no_input", "max", "stopped", "hangup", "failed"]
    path: str = ""
    detail: str = ""


@dataclass(slots=True)
class HttpReply:
    """Answer to `HttpCall`: a reply of any status, or `error` as a dotted name (`http.timeout`)."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    error: str = ""
    detail: str = ""
    ms: int = 0


@dataclass(slots=True)
class Deflected:
    """Answer to `Deflect`: whether the far side took the call over; `reply` is its SIP status line."""

    ok: bool
    reply: str = ""


@dataclass(slots=True)
class Refused:
    """Answer to any ask: the switch would not do it; `detail` is its text."""

    detail: str


Answer = Played | SecretDigits | Recorded | HttpReply | Deflected | Refused


@dataclass(slots=True)
class Answered:
    """An ask of ours is complete."""

    at: float
    ask: AskId
    answer: Answer


@dataclass(slots=True)
class TimerFired:
    """The time given to a wait is over."""

    at: float
    timer: int


@dataclass(slots=True)
class HangupRequested:
    """Somebody with the right to do so ends the call: an operator, the API, a limit."""

    at: float
    cause: str = "NORMAL_CLEARING"
    reason: str = ""


@dataclass(slots=True)
class FlowRequested:
    """Somebody with the right to do so sends the call into another flow."""

    at: float
    flow: str
    inputs: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class SwitchRestarted:
    """The switch came back as another process: every leg it held is gone."""

    at: float


@dataclass(slots=True)
class Resumed:
    """Another engine process took this call over; what it found out follows as ordinary signals."""

    at: float


Signal = (
    LegArrived
    | DialRequested
    | LegRang
    | LegAnswered
    | LegFailed
    | LegBridged
    | LegUnbridged
    | LegHeld
    | LegEnded
    | DigitPressed
    | Answered
    | TimerFired
    | HangupRequested
    | FlowRequested
    | SwitchRestarted
    | Resumed
)
