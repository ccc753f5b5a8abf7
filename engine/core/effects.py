"""Effects: everything a call can ask of the world. Imperative; plain data, performed by the shell.

Those with an `ask` are answered by an `Answered` signal of that number; the machine fills it in.
"""

from dataclasses import dataclass, field
from typing import Literal

from engine.core.ids import AskId, LegId
from engine.core.prompts import Prompt

NO_ASK = AskId(0)


@dataclass(slots=True)
class TakeLeg:
    """Tell the switch that an engine serves this leg, so that its own treatment of unserved callers stands down."""

    leg: LegId


@dataclass(slots=True)
class AnswerLeg:
    """Answer an arrived leg; with `early_media` sound is heard but the call is not yet charged."""

    leg: LegId
    early_media: bool = False


@dataclass(slots=True)
class Play:
    """Play a prompt to a leg. With `interruptible` the switch itself stops at the first key."""

    leg: LegId
    prompt: Prompt
    interruptible: bool = True
    ask: AskId = NO_ASK


@dataclass(slots=True)
class StopPlay:
    """Stop what the leg hears now; the pending `Play` is answered as interrupted."""

    leg: LegId


@dataclass(slots=True)
class CollectSecret:
    """Play a prompt and collect keys inside the switch, so that no event or log ever shows them.

    Times in milliseconds; `terminators` is a text of keys, empty for none.
    """

    leg: LegId
    prompt: Prompt
    max_digits: int
    first_ms: int
    interdigit_ms: int
    terminators: str = "#"
    ask: AskId = NO_ASK


@dataclass(slots=True)
class ForgetSecret:
    """Remove from the switch what `CollectSecret` number `about` left there."""

    leg: LegId
    about: AskId


@dataclass(slots=True)
class RegisteredUser:
    """A SIP phone registered at the switch."""

    name: str


@dataclass(slots=True)
class GatewayNumber:
    """A number reached through a gateway of the switch; an empty gateway is the configured default."""

    number: str
    gateway: str = ""


@dataclass(slots=True)
class SipUri:
    """A SIP address, `sip:` and all."""

    uri: str


DialTarget = RegisteredUser | GatewayNumber | SipUri


@dataclass(slots=True)
class Dial:
    """Ring a new leg. What becomes of it comes as leg signals; `timeout` is ring time in seconds.

    A leg that `stays` waits for us again after a talk; any other ends with it. With a `limit` the switch itself ends it
    so many seconds after the answer, whatever has become of its engine.
    """

    leg: LegId
    target: DialTarget
    timeout: float
    caller_number: str = ""
    caller_name: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    stays: bool = False
    limit: int = 0


@dataclass(slots=True)
class BridgeLegs:
    """Let two answered legs hear each other."""

    leg: LegId
    other: LegId


@dataclass(slots=True)
class Deflect:
    """Ask the caller's side to call `uri` itself (SIP REFER, or 302 before the answer); this call then ends.

    A `uri` without a host is completed with the domain of the switch.
    """

    leg: LegId
    uri: str
    answered: bool
    ask: AskId = NO_ASK


@dataclass(slots=True)
class StartRecording:
    """Record to an absolute path. Times in milliseconds, 0 = not limited; answered when the file is closed.

    `sides` is whose voice: the leg's own (`caller`) or both parties; `stereo` keeps one party per channel.
    """

    leg: LegId
    path: str
    sides: Literal["caller", "both"] = "both"
    stereo: bool = False
    max_ms: int = 0
    silence_ms: int = 0
    first_sound_ms: int = 0
    ask: AskId = NO_ASK


@dataclass(slots=True)
class StopRecording:
    """Close the file of a running recording."""

    leg: LegId
    path: str


@dataclass(slots=True)
class SetMasked:
    """While `masked`, the recording at `path` holds silence in place of both voices."""

    leg: LegId
    path: str
    masked: bool


@dataclass(slots=True)
class DiscardRecording:
    """Delete a recording nobody shall hear (recorded again, or too short)."""

    path: str


@dataclass(slots=True)
class HangUp:
    """End a leg. Before the answer `sip` may name the status to refuse with (e.g. 486), 0 = by the cause."""

    leg: LegId
    cause: str = "NORMAL_CLEARING"
    sip: int = 0


@dataclass(slots=True)
class HttpCall:
    """Send one HTTP request; `timeout` seconds for all of it, `max_body` bytes of the reply."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    timeout: float = 5.0
    max_body: int = 65536
    ask: AskId = NO_ASK


@dataclass(slots=True)
class CancelAsk:
    """Nobody waits for this ask any more: an HTTP request may be dropped."""

    cancelled: AskId


@dataclass(slots=True)
class WriteLog:
    """One line in the engine's log, bound to this call."""

    level: Literal["debug", "info", "warning", "error"]
    text: str


@dataclass(slots=True)
class CloseCall:
    """Every leg is gone and everything is told: forget the call."""


Ask = Play | CollectSecret | Deflect | StartRecording | HttpCall
Effect = (
    TakeLeg
    | AnswerLeg
    | Play
    | StopPlay
    | CollectSecret
    | ForgetSecret
    | Dial
    | BridgeLegs
    | Deflect
    | StartRecording
    | StopRecording
    | SetMasked
    | DiscardRecording
    | HangUp
    | HttpCall
    | CancelAsk
    | WriteLog
    | CloseCall
)
