"""API commands about the variables of a channel and the global ones."""

from __future__ import annotations

from engine.sim.core import Core
from engine.sim.registry import command

NO_CHANNEL = "-ERR No such channel!\n"
_MOST = 64


@command("uuid_setvar")
def uuid_setvar(core: Core, argument: str) -> str:
    """`uuid name [value]`: set a variable without expanding anything; no value removes it."""
    words = argument.split(" ", 2)
    if len(words) < 2 or not words[1]:
        return "-USAGE: <uuid> <var> [value]\n"
    session = core.session_of(words[0])
    if session is None:
        return NO_CHANNEL
    session.channel.set(words[1], words[2] if len(words) > 2 else None)
    return "+OK\n"


@command("uuid_setvar_multi")
def uuid_setvar_multi(core: Core, argument: str) -> str:
    """`uuid name=value;name=value...`: set several, at most 64."""
    uuid, _, pairs = argument.partition(" ")
    if not pairs:
        return "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
    session = core.session_of(uuid)
    if session is None:
        return NO_CHANNEL
    for pair in pairs.split(";")[:_MOST]:
        name, _, value = pair.partition("=")
        if name.strip():
            session.channel.set(name.strip(), value)
    return "+OK\n"


@command("uuid_getvar")
def uuid_getvar(core: Core, argument: str) -> str:
    """`uuid name`: the variable's text, or `_undef_`."""
    words = argument.split(" ")
    if len(words) < 2:
        return "-USAGE: <uuid> <var>\n"
    session = core.session_of(words[0])
    if session is None:
        return NO_CHANNEL
    value = session.channel.get(words[1])
    return "_undef_" if value is None else value


@command("uuid_dump")
def uuid_dump(core: Core, argument: str) -> str:
    """`uuid [json|plain]`: everything the channel's events would say."""
    words = argument.split()
    if not words:
        return "-USAGE: <uuid> [format]\n"
    session = core.session_of(words[0])
    if session is None:
        return NO_CHANNEL
    event = core.events.new("CHANNEL_DATA")
    event.headers.update(session.channel.headers())
    text = event.as_json() if len(words) > 1 and words[1].lower() == "json" else event.as_plain()
    return text.decode("utf-8", "surrogateescape")


@command("global_getvar")
def global_getvar(core: Core, argument: str) -> str:
    """A global variable, or all of them."""
    if argument:
        return core.globals.get(argument, "")
    return "".join(f"{name}={value}\n" for name, value in core.globals.items())


@command("global_setvar")
def global_setvar(core: Core, argument: str) -> str:
    """`name=value`: set a global variable; no value removes it."""
    name, _, value = argument.partition("=")
    if not name:
        return "-USAGE: <var>=<value>\n"
    if value:
        core.globals[name] = value
    else:
        core.globals.pop(name, None)
    return "+OK"
