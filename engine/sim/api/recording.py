"""API commands about recordings: uuid_record, uuid_buglist."""

from __future__ import annotations

import urllib.parse

from engine.sim.core import Core
from engine.sim.dialstring import parse_variables
from engine.sim.recording import start_recording, stop_recording
from engine.sim.registry import command
from engine.sim.session import Session

_USAGE = "-USAGE: <uuid> [start|stop|mask|unmask|pause|resume] <path> [<limit>] [<recording_vars>]\n"


@command("uuid_record")
def uuid_record(core: Core, argument: str) -> str:
    """`uuid start|stop|mask|unmask|pause|resume path [limit] [{variables}]`."""
    words = argument.split(" ", 4)
    if len(words) < 3 or not all(words[:3]):
        return _USAGE
    session = core.session_of(words[0])
    if session is None:
        return "-ERR Cannot locate session!\n"
    action, path = words[1].lower(), words[2]
    if action == "start":
        limit = int(words[3]) if len(words) > 3 and words[3].isdigit() else 0
        text = urllib.parse.unquote(words[4].strip()) if len(words) > 4 else ""
        variables = parse_variables(text[1:-1]) if text.startswith("{") and text.endswith("}") else {}
        done, verb = start_recording(session, path, limit, variables), "record"
    elif action == "stop":
        done, verb = stop_recording(session, path), "stop record"
    elif action in ("mask", "unmask"):
        done, verb = _mask(session, path, action == "mask"), f"{action} recording"
    elif action in ("pause", "resume"):
        done, verb = _pause(session, path, action == "pause"), f"{action} recording"
    else:
        return _USAGE
    return "+OK Success\n" if done else f"-ERR Cannot {verb} session!\n"


def _mask(session: Session, path: str, on: bool) -> bool:
    recording = session.recordings.get(path)
    if recording is not None:
        recording.masked = on
    return recording is not None


def _pause(session: Session, path: str, on: bool) -> bool:
    recording = session.recordings.get(path)
    if recording is not None:
        recording.paused = on
    return recording is not None


@command("uuid_buglist")
def uuid_buglist(core: Core, argument: str) -> str:
    """What listens to a leg's audio, as XML."""
    session = core.session_of(argument)
    if session is None:
        return "-ERR No such channel!\n"
    bugs = "".join(
        f" <media-bug>\n  <function>session_record</function>\n  <target>{path}</target>\n </media-bug>\n"
        for path in session.recordings
    )
    return f"<media-bugs>\n{bugs}</media-bugs>\n"
