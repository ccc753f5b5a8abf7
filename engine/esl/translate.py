"""Events to signals: what FreeSWITCH said, in the engine's words."""

from collections.abc import Callable, Mapping

from engine.core.ids import AskId, CallId, LegId, parse_ask_label
from engine.core.signals import (
    Answer,
    Answered,
    Deflected,
    DigitPressed,
    LegAnswered,
    LegArrived,
    LegBridged,
    LegEnded,
    LegFailed,
    LegHeld,
    LegRang,
    LegUnbridged,
    Played,
    Recorded,
    Refused,
    SecretDigits,
    Signal,
)
from engine.esl.event import Event
from engine.esl.perform import COMPLETION_CAUSE, SECRET_VARIABLE

SUBSCRIPTION = (
    "CHANNEL_PARK", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER", "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE", "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HOLD", "CHANNEL_UNHOLD", "CHANNEL_HANGUP_COMPLETE",
    "DTMF", "RECORD_STOP", "BACKGROUND_JOB", "HEARTBEAT", "SHUTDOWN",
)  # fmt: skip
"""No more than the engine reads: each event costs a dozen kilobytes."""

ANSWERING = ("playback", "play_and_get_digits", "record_session", "deflect", "redirect")
"""The applications whose end is an answer. The dial plan's own, and those nobody waits for, end unheard."""
FILTERS = (
    *(("Event-Name", name) for name in SUBSCRIPTION if name != "CHANNEL_EXECUTE_COMPLETE"),
    *(("Application", name) for name in ANSWERING),
)
"""What an event must have one of: FreeSWITCH then need not write the others (mod_event_socket.c, event_handler)."""

TREATMENT = "treatment"
"""The dialplan context in which callers wait whom no engine took (freeswitch-conf/dialplan/treatment.xml)."""
_THEIRS = ("recv_bye", "recv_cancel", "recv_refuse")
_RECORDED = {"success-silence": "silence", "success-maxtime": "max", "no-input-timeout": "no_input"}


def signal(event: Event, at: float) -> tuple[str, Signal] | None:
    """The leg or call an event is about, and the signal it is; None for one that says nothing new."""
    translate = _BY_NAME.get(event.get("Event-Name"))
    return translate(event, at) if translate else None


def core_uuid(event: Event) -> str:
    """The identity of the FreeSWITCH process; another one means it was restarted."""
    return event.get("Core-UUID")


def arrived(event: Event, at: float, switch: str = "") -> LegArrived:
    """The caller described by a channel's event or dump."""
    headers = {name[17:].lower(): event.get(name)[:512] for name in event.names("variable_sip_h_X-")}
    return LegArrived(
        at=at,
        leg=LegId(event.get("Unique-ID")),
        switch=switch,
        caller=event.get("Caller-Caller-ID-Number")[:128],
        caller_name=event.get("Caller-Caller-ID-Name")[:256],
        called=_called(event)[:128],
        trunk=(event.get("variable_sip_gateway_name") or event.get("variable_sofia_profile_name"))[:64],
        source=event.get("Caller-Network-Addr")[:64],
        answered=event.get("Answer-State") == "answered",
        headers={f"x-{name}": value for name, value in headers.items()},
    )


def _called(event: Event) -> str:
    """The number called. The destination of a caller in the treatment is a round of it: there the INVITE's counts."""
    number = event.get("Caller-Destination-Number")
    return (event.get("variable_sip_req_user") or number) if event.get("Caller-Context") == TREATMENT else number


def _parked(event: Event, at: float) -> tuple[str, Signal] | None:
    if event.get("Call-Direction") != "inbound":
        # Only now is the dial over. Between CHANNEL_ANSWER and here a bridge would make the dialling thread take the
        # leg for lost (switch_ivr_originate.c: a channel in transfer is not ready) and report ORIGINATOR_CANCEL.
        leg = LegId(event.get("Unique-ID"))
        return leg, LegAnswered(at, leg)
    found = arrived(event, at)
    return found.leg, found


def _progress(event: Event, at: float) -> tuple[str, Signal] | None:
    if event.get("Call-Direction") == "inbound":
        return None
    leg = LegId(event.get("Unique-ID"))
    return leg, LegRang(at, leg, event.get("Event-Name") == "CHANNEL_PROGRESS_MEDIA")


def _answered(event: Event, at: float) -> tuple[str, Signal] | None:
    if event.get("Call-Direction") != "inbound":
        return None  # the leg can be used when it parks, see there
    leg = LegId(event.get("Unique-ID"))
    return leg, LegAnswered(at, leg)


def _bridged(event: Event, at: float) -> tuple[str, Signal] | None:
    leg = LegId(event.get("Unique-ID"))
    return leg, LegBridged(at, leg, LegId(event.late("Other-Leg-Unique-ID") or event.late("Bridge-B-Unique-ID")))


def _unbridged(event: Event, at: float) -> tuple[str, Signal] | None:
    if event.get("Answer-State") == "hangup":
        return None  # it left the talk by hanging up: its end follows, and it does not wait for us
    leg = LegId(event.get("Unique-ID"))
    return leg, LegUnbridged(at, leg, LegId(event.late("Other-Leg-Unique-ID")))


def _held(event: Event, at: float) -> tuple[str, Signal] | None:
    leg = LegId(event.get("Unique-ID"))
    return leg, LegHeld(at, leg, event.get("Event-Name") == "CHANNEL_HOLD")


def _digit(event: Event, at: float) -> tuple[str, Signal] | None:
    leg = LegId(event.get("Unique-ID"))
    digit = event.late("DTMF-Digit").upper()
    if len(digit) != 1 or digit not in "0123456789*#ABCD":
        return None
    return leg, DigitPressed(at, leg, digit)


def _ended(event: Event, at: float) -> tuple[str, Signal] | None:
    leg = LegId(event.get("Unique-ID"))
    cause = event.get("Hangup-Cause") or event.get("variable_hangup_cause") or "NORMAL_UNSPECIFIED"
    return leg, LegEnded(at, leg, cause, event.late("variable_sip_hangup_disposition") in _THEIRS)


def _completed(event: Event, at: float) -> tuple[str, Signal] | None:
    named = parse_ask_label(event.late("Application-UUID"))
    if named is None:
        return None
    call, ask = named
    answer = completion(event.late("Application"), event, ask)
    return (call, Answered(at, ask, answer)) if answer is not None else None


def completion(application: str, event: Event, ask: AskId) -> Answer | None:
    """What an application that ended has to say, from its completion event or from a dump of its channel."""
    if application == "playback":
        response = event.late("Application-Response") or event.get("variable_current_application_response")
        if response == "FILE NOT FOUND":
            return Played("missing", response)
        if event.late("variable_playback_terminator_used"):
            return Played("interrupted")
        return Played("done", "" if response == "FILE PLAYED" else response)
    if application == "play_and_get_digits":
        return SecretDigits(
            event.get(f"variable_{SECRET_VARIABLE}{ask}"), event.get("variable_read_terminator_used")[:1]
        )
    if application == "record_session":  # it has begun, and ends with a RECORD_STOP, unless there is a cause already
        cause = event.get(f"variable_{COMPLETION_CAUSE}")
        return Refused(cause) if cause else None
    if application in ("deflect", "redirect"):
        reply = event.get("variable_sip_refer_reply").strip()
        return Deflected(application == "redirect" or " 2" in reply[:11], reply)
    return None


def whole_number(text: str) -> int:
    """The number a header holds, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _recorded(event: Event, at: float) -> tuple[str, Signal] | None:
    named = parse_ask_label(event.late("Recording-Variable-sb_ask"))
    if named is None:
        return None
    call, ask = named
    return call, Answered(at, ask, recorded(event))


def recorded(event: Event) -> Recorded:
    """How a recording ended."""
    cause, milliseconds = event.late("Record-Completion-Cause"), event.late("variable_record_ms")
    return closed(cause, whole_number(milliseconds), event.late("Record-File-Path"))


def closed(cause: str, ms: int, path: str) -> Recorded:
    """A recording that FreeSWITCH closed for a cause of its own."""
    if cause in ("empty-file", "uri-failure"):
        return Recorded(ms, "failed", path, cause)
    return Recorded(ms, _RECORDED.get(cause, "stopped"), path, cause)  # type: ignore[arg-type]


def _job(event: Event, at: float) -> tuple[str, Signal] | None:
    job, body = event.late("Job-UUID"), event.late("_body").strip()
    if not body.startswith(("-ERR", "-USAGE")):
        return None
    detail = body.removeprefix("-ERR").strip()
    if event.late("Job-Command") == "originate":
        leg = LegId(job)
        return leg, LegFailed(at, leg, detail.split(" ", 1)[0] or "NORMAL_UNSPECIFIED")
    return None


_BY_NAME: Mapping[str, Callable[[Event, float], tuple[str, Signal] | None]] = {
    "CHANNEL_PARK": _parked,
    "CHANNEL_PROGRESS": _progress,
    "CHANNEL_PROGRESS_MEDIA": _progress,
    "CHANNEL_ANSWER": _answered,
    "CHANNEL_BRIDGE": _bridged,
    "CHANNEL_UNBRIDGE": _unbridged,
    "CHANNEL_EXECUTE_COMPLETE": _completed,
    "CHANNEL_HOLD": _held,
    "CHANNEL_UNHOLD": _held,
    "CHANNEL_HANGUP_COMPLETE": _ended,
    "DTMF": _digit,
    "RECORD_STOP": _recorded,
    "BACKGROUND_JOB": _job,
}
__all__ = [
    "ANSWERING",
    "FILTERS",
    "SUBSCRIPTION",
    "CallId",
    "arrived",
    "closed",
    "completion",
    "core_uuid",
    "recorded",
    "signal",
    "whole_number",
]
