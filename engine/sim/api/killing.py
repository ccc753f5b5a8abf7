"""API commands that end calls or what they play: uuid_kill, hupall, uuid_break, uuid_exists, uuid_answer."""

from __future__ import annotations

from engine.sim.causes import cause_of
from engine.sim.core import Core
from engine.sim.registry import command

NO_CHANNEL = "-ERR No such channel!\n"


@command("uuid_kill")
def uuid_kill(core: Core, argument: str) -> str:
    """`uuid [cause]`: hang up at once, whatever runs."""
    uuid, _, cause = argument.partition(" ")
    if not uuid:
        return "-USAGE: <uuid> [cause]\n"
    session = core.session_of(uuid)
    if session is None or not session.channel.hang_up(cause_of(cause) if cause else "NORMAL_CLEARING"):
        return NO_CHANNEL
    return "+OK\n"


@command("hupall")
def hupall(core: Core, argument: str) -> str:
    """`[cause [variable value]]`: hang up every call, or those with that variable."""
    words = argument.split(" ", 2)
    cause = cause_of(words[0]) if words[0] else "MANAGER_REQUEST"
    count = 0
    for session in list(core.sessions.values()):
        if len(words) < 3 or session.channel.get(words[1]) == words[2]:
            count += session.channel.hang_up(cause)
    return f"+OK hangup all channels with cause {cause}\n" if count or not argument else "+OK\n"


@command("uuid_break")
def uuid_break(core: Core, argument: str) -> str:
    """`uuid [all]`: stop what is playing; `all` also forgets what is queued."""
    uuid, _, which = argument.partition(" ")
    if not uuid:
        return "-USAGE: <uuid> [all]\n"
    session = core.session_of(uuid)
    if session is None:
        return NO_CHANNEL
    session.break_playing(flush=which.strip().lower() == "all")
    return "+OK\n"


@command("uuid_exists")
def uuid_exists(core: Core, argument: str) -> str:
    """Whether there is such a channel: `true` or `false`."""
    return "true" if core.session_of(argument) is not None else "false"


@command("uuid_answer")
def uuid_answer(core: Core, argument: str) -> str:
    """Answer a channel."""
    session = core.session_of(argument)
    if session is None:
        return NO_CHANNEL
    if session.endpoint is not None:
        session.endpoint.answer()
    return "+OK\n"


@command("uuid_pre_answer")
def uuid_pre_answer(core: Core, argument: str) -> str:
    """Open a channel's audio before the answer."""
    session = core.session_of(argument)
    if session is None:
        return NO_CHANNEL
    if session.endpoint is not None:
        session.endpoint.pre_answer()
    return "+OK\n"
