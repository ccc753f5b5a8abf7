"""What a switch holds at one moment: its list of channels, and one channel with all its variables."""

import re
from dataclasses import dataclass

from engine.core.effects import Ask, CollectSecret, Deflect, Play, StartRecording
from engine.core.ids import AskId, LegId
from engine.core.signals import Answer, Played, Refused, SecretDigits
from engine.esl.command import checked_uuid
from engine.esl.event import Event, parse_event, parse_headers
from engine.esl.media import MARK
from engine.esl.perform import COMPLETION_CAUSE, SECRET_VARIABLE
from engine.esl.translate import closed, completion, whole_number

LIST_CHANNELS = "show channels as json"
GONE = "No such channel"
"""What a dump of a leg that ended is answered with."""
LOAD_HEADERS = ("Session-Count", "Max-Sessions", "Session-Per-Sec", "Idle-CPU", "Up-Time", "FreeSWITCH-Version")
_MARKED = re.compile(rf"\{{{MARK}=(\d{{1,9}})\}}")


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One row of the list. It may be stale: only a dump of the channel proves that it lives."""

    leg: LegId
    inbound: bool
    waiting: bool
    """Parked: nobody does anything with it."""


def parse_channels(body: str) -> list[ChannelRow]:
    """The rows of `show channels as json`; with no channel the answer has no rows at all."""
    found = parse_headers(body.encode()) or {}
    rows = found.get("rows")
    return [
        ChannelRow(LegId(str(row["uuid"])), row.get("direction") == "inbound", row.get("application") == "park")
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("uuid")
    ]


def dump_line(leg: LegId) -> str:
    """The API line that dumps a channel."""
    return f"uuid_dump {checked_uuid(leg)} json"


def recordings_line(leg: LegId) -> str:
    """The API line that lists what is attached to a channel's sound, recordings by their path."""
    return f"uuid_buglist {checked_uuid(leg)}"


def parse_dump(body: str) -> Event | None:
    """The channel of a dump, or None when the switch no longer has it."""
    return parse_event(body.encode()) if body.startswith("{") else None


def call_of(dump: Event) -> str:
    """The call a dialled leg belongs to; empty for a leg that arrived."""
    return dump.get("variable_sb_call")


def is_answered(dump: Event) -> bool:
    """Whether the leg is answered."""
    return dump.get("Answer-State") == "answered"


def bridged_with(dump: Event) -> LegId | None:
    """The leg it hears now, if it is in a talk."""
    other = dump.get("variable_bridge_uuid") or dump.get("Other-Leg-Unique-ID")
    return LegId(other) if other else None


@dataclass(frozen=True, slots=True)
class Running:
    """The ask is still at work on the switch: its completion will come."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """The switch shows no trace of the ask: it never arrived there."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The ask ended while nobody listened; `digit` is the key that stopped a prompt, if one did."""

    answer: Answer
    digit: str = ""


Fate = Running | Unseen | Finished


def fate(ask: Ask, number: AskId, dump: Event, recording_bugs: str = "") -> Fate:
    """What became of a pending ask, judged by its channel.

    The dump shows the last application with its argument, and our number in the argument; an application that is
    still running has given no response yet (switch_core_session.c sets `_none_` before it starts one).
    """
    application = dump.get("variable_current_application")
    argument = dump.get("variable_current_application_data")
    marked = _MARKED.search(argument)
    match ask:
        case Play(interruptible=interruptible):
            if marked and int(marked[1]) == number and application == "playback":
                response = dump.get("variable_current_application_response")
                if response in ("", "_none_"):
                    return Running()
                return Finished(
                    completion("playback", dump, number) or Played("done"),
                    dump.get("variable_playback_terminator_used")[:1],
                )
            if not interruptible and application == "set":  # such a prompt stands between two of them
                if argument.startswith("playback_terminators=any"):
                    return Finished(Played("done"))
                if argument.startswith("playback_terminators=none"):
                    return Running()
            return Unseen()
        case CollectSecret():
            if marked and int(marked[1]) == number:
                return Running()
            kept = dump.get(f"variable_{SECRET_VARIABLE}{number}")
            terminator = dump.get("variable_read_terminator_used")[:1]
            if kept or (application == "set" and argument.startswith("sensitive_dtmf=false")):
                return Finished(SecretDigits(kept, terminator))
            if (application, argument) in (("set", "sensitive_dtmf=true"), ("unset", "read_terminator_used")):
                return Running()
            return Unseen()
        case StartRecording(path=path):
            if path in recording_bugs:
                return Running()
            cause = dump.get(f"variable_{COMPLETION_CAUSE}")  # removed before each recording begins
            if cause:
                return Finished(closed(cause, whole_number(dump.get("variable_record_ms")), path))
            return Unseen()
        case Deflect():
            return Running() if application in ("deflect", "redirect") else Unseen()
        case _:
            return Finished(Refused("not the switch's"))
