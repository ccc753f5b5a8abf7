"""Effects to commands: how FreeSWITCH is made to do what a call asks for."""

import re
from dataclasses import dataclass

from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CollectSecret,
    Deflect,
    Dial,
    Effect,
    ForgetSecret,
    HangUp,
    Play,
    SetMasked,
    StartRecording,
    StopPlay,
    StopRecording,
    TakeLeg,
)
from engine.core.errors import UnsafeTextError
from engine.core.ids import CallId, LegId, ask_label
from engine.esl.causes import checked_cause
from engine.esl.command import Api, BackgroundApi, Command, Execute, checked_uuid
from engine.esl.dialstring import Routes, checked_sip_uri, originate
from engine.esl.media import checked_path, playable

SECRET_VARIABLE = "sb_secret_"  # noqa: S105 - the name of a channel variable
COMPLETION_CAUSE = "record_completion_cause"
"""The variable FreeSWITCH leaves when a recording cannot begin."""
_KEYS = re.compile(r"[0-9*#A-D]{0,16}")
_SIP_REASONS = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 410: "Gone", 480: "Temporarily Unavailable",
    484: "Address Incomplete", 486: "Busy Here", 488: "Not Acceptable Here", 500: "Server Internal Error",
    503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """The call an effect belongs to and the ways out of its switch."""

    call: CallId
    routes: Routes


def commands(effect: Effect, place: Place) -> tuple[Command, ...]:
    """The commands of an effect, in order; none for an effect that is not the switch's. Raises UnsafeTextError."""
    call = place.call
    match effect:
        case TakeLeg(leg=leg):
            # The dial plan scheduled a treatment for callers nobody serves; its task group is the uuid.
            return (Api(f"sched_del {checked_uuid(leg)}"),)
        case AnswerLeg(leg=leg, early_media=early):
            return (Execute(leg, "pre_answer" if early else "answer"),)
        case Play(leg=leg, prompt=prompt, interruptible=interruptible, ask=ask):
            play = Execute(leg, "playback", playable(prompt, ask), ask_label(call, ask))
            if interruptible:
                return (play,)
            # Channels begin with playback_terminators=any; an application's completion restores it by itself.
            return (_set(effect.leg, "playback_terminators", "none"), play, _set(leg, "playback_terminators", "any"))
        case StopPlay(leg=leg):
            return (Api(f"uuid_break {checked_uuid(leg)}"),)
        case CollectSecret():
            return _collect(effect, call)
        case ForgetSecret(leg=leg, about=about):
            return (Api(f"uuid_setvar {checked_uuid(leg)} {SECRET_VARIABLE}{about}"),)
        case Dial(leg=leg):
            return (BackgroundApi(originate(effect, call, place.routes), leg),)
        case BridgeLegs(leg=leg, other=other):
            return (Api(f"uuid_bridge {checked_uuid(leg)} {checked_uuid(other)}"),)
        case Deflect(leg=leg, uri=uri, answered=answered, ask=ask):
            whole = uri if "@" in uri else f"{uri}@{place.routes.domain}"
            return (Execute(leg, "deflect" if answered else "redirect", checked_sip_uri(whole), ask_label(call, ask)),)
        case StartRecording():
            return _record(effect, call)
        case StopRecording(leg=leg, path=path):
            return (BackgroundApi(f"uuid_record {checked_uuid(leg)} stop {checked_path(path)}", f"{leg}:stop"),)
        case SetMasked(leg=leg, path=path, masked=masked):
            return (Api(f"uuid_record {checked_uuid(leg)} {'mask' if masked else 'unmask'} {checked_path(path)}"),)
        case HangUp(leg=leg, cause=cause, sip=sip):
            if sip:
                reason = _SIP_REASONS.get(sip, "Rejected")
                if not 400 <= sip <= 699:
                    raise UnsafeTextError(f"not a SIP status to refuse with: {sip}")
                return (Execute(leg, "respond", f"{sip} {reason}"),)
            return (Api(f"uuid_kill {checked_uuid(leg)} {checked_cause(cause)}"),)
        case _:
            return ()


def _set(leg: str, name: str, value: str) -> Execute:
    # Only words of ours: `set` expands what it is given, even where expansion is off (mod_dptools.c).
    return Execute(leg, "set", f"{name}={value}")  # type: ignore[arg-type]


def _collect(effect: CollectSecret, call: CallId) -> tuple[Command, ...]:
    if not _KEYS.fullmatch(effect.terminators):
        raise UnsafeTextError(f"not keys: {effect.terminators[:32]!r}")
    most = max(1, min(128, effect.max_digits))
    first = max(1000, effect.first_ms)  # FreeSWITCH raises shorter times itself (mod_dptools.c)
    argument = " ".join(
        (
            f"0 {most} 1 {first} {effect.terminators or 'none'}",
            playable(effect.prompt, effect.ask),
            f"silence_stream://20 {SECRET_VARIABLE}{effect.ask} .* {max(1, effect.interdigit_ms)}",
        )
    )
    leg = effect.leg
    return (
        _set(leg, "sensitive_dtmf", "true"),
        Execute(leg, "unset", "read_terminator_used"),
        Execute(leg, "play_and_get_digits", argument, ask_label(call, effect.ask)),
        _set(leg, "sensitive_dtmf", "false"),
    )


def _record(effect: StartRecording, call: CallId) -> tuple[Command, ...]:
    label = ask_label(call, effect.ask)
    variables = {"sb_ask": label}
    if effect.sides == "caller":
        variables["RECORD_READ_ONLY"] = "true"
    elif effect.stereo:
        variables["RECORD_STEREO"] = "true"
    if effect.first_sound_ms:
        variables["RECORD_INITIAL_TIMEOUT_MS"] = str(effect.first_sound_ms)
    if effect.silence_ms:
        variables["RECORD_FINAL_TIMEOUT_MS"] = str(effect.silence_ms)
    limit = -(-effect.max_ms // 1000) if effect.max_ms else 0
    written = ",".join(f"{name}={value}" for name, value in variables.items())
    argument = f"{checked_path(effect.path)} +{limit} {{{written}}}"
    # Not by `uuid_record start`: that runs beside the leg's own thread, and when the leg ends in that moment its
    # recording waits for ever and FreeSWITCH keeps the leg (seen live; switch_ivr_async.c, recording_thread).
    leg = LegId(checked_uuid(effect.leg))
    return (Execute(leg, "unset", COMPLETION_CAUSE), Execute(leg, "record_session", argument, label))
