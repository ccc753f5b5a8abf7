"""API commands that plan something for later: sched_hangup, sched_transfer, sched_api, sched_del."""

from __future__ import annotations

import re
import time

from engine.sim.causes import cause_of
from engine.sim.core import Core
from engine.sim.registry import command
from engine.sim.session import Session
from engine.sim.transfer import transfer

NO_CHANNEL = "-ERR No such channel!\n"


def seconds_until(text: str) -> float | None:
    """`+5` as five seconds from now, `1795197069` as seconds until that time since 1970; None when it is neither.

    Parts of a second are understood too, which FreeSWITCH would cut off.
    """
    if re.fullmatch(r"\+\d+(\.\d+)?", text):
        return float(text[1:])
    return max(0.0, int(text) - time.time()) if text.isdigit() else None


def plan_hangup(core: Core, session: Session, words: list[str]) -> bool:
    """Hang up later; `-1` and `+0` now. False when the words say no time."""
    seconds = 0.0 if words[:1] == ["-1"] else seconds_until(words[0]) if words else None
    if seconds is None:
        return False
    cause = cause_of(words[1]) if len(words) > 1 else "ALLOTTED_TIMEOUT"
    core.schedule.after(seconds, session.uuid, lambda: _hang_up(session, cause))
    return True


def _hang_up(session: Session, cause: str) -> None:
    session.channel.hang_up(cause)


def plan_transfer(core: Core, session: Session, words: list[str]) -> bool:
    """Transfer later. False when the words say no time or no destination."""
    seconds = seconds_until(words[0]) if len(words) > 1 else None
    if seconds is None:
        return False
    destination = words[1]
    dialplan = words[2] if len(words) > 2 else "XML"
    context = words[3] if len(words) > 3 else "default"
    core.schedule.after(seconds, session.uuid, lambda: transfer(session, destination, dialplan, context))
    return True


@command("sched_hangup")
def sched_hangup(core: Core, argument: str) -> str:
    """`[+]seconds uuid [cause]`."""
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: [+]<time> <uuid> [<cause>]\n"
    session = core.session_of(words[1])
    if session is None:
        return NO_CHANNEL
    planned = plan_hangup(core, session, [words[0], *words[2:]])
    return "+OK\n" if planned else "-USAGE: [+]<time> <uuid> [<cause>]\n"


@command("sched_transfer")
def sched_transfer(core: Core, argument: str) -> str:
    """`[+]seconds uuid destination [dialplan] [context]`."""
    words = argument.split()
    usage = "-USAGE: [+]<time> <uuid> <extension> [<dialplan>] [<context>]\n"
    if len(words) < 3:
        return usage
    session = core.session_of(words[1])
    if session is None:
        return NO_CHANNEL
    return "+OK\n" if plan_transfer(core, session, [words[0], *words[2:]]) else usage


@command("sched_api")
def sched_api(core: Core, argument: str) -> str:
    """`[+]seconds group command`: run an API command later."""
    words = argument.split(" ", 2)
    seconds = seconds_until(words[0])
    if len(words) < 3 or seconds is None:
        return "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n"
    group = words[1]
    number = core.schedule.after(seconds, group, lambda: _run(core, words[2]))
    return f"+OK Added: {number}\n"


def _run(core: Core, text: str) -> None:
    core.run_command(text)


@command("sched_del", "unsched_api")
def sched_del(core: Core, argument: str) -> str:
    """Call off one plan by its number, or all of a group; a channel's uuid is the group of its plans."""
    if not argument:
        return "-ERR Invalid syntax\n"
    if argument.isdigit():
        return f"+OK Deleted: {int(core.schedule.cancel(int(argument)))}\n"
    return f"+OK Deleted: {core.schedule.cancel_group(argument)}\n"
