"""API commands that move calls: uuid_bridge, uuid_transfer, uuid_park, uuid_hold, uuid_send_dtmf, uuid_broadcast."""

from __future__ import annotations

import re

from engine.sim.bridge import uuid_bridge as bridge_legs
from engine.sim.core import Core
from engine.sim.registry import command
from engine.sim.session import Message, Session
from engine.sim.transfer import transfer

NO_CHANNEL = "-ERR No such channel!\n"


@command("uuid_bridge")
def uuid_bridge(core: Core, argument: str) -> str:
    """`uuid other`: let two legs talk; the answer comes when it is asked, not when it is done."""
    words = argument.split()
    if len(words) != 2:
        return "-USAGE: <uuid> <other_uuid>\n"
    a, b = core.session_of(words[0]), core.session_of(words[1])
    if a is None or b is None or not bridge_legs(a, b):
        return "-ERR Invalid uuid\n"
    return f"+OK {words[1]}\n"


@command("uuid_transfer")
def uuid_transfer(core: Core, argument: str) -> str:
    """`uuid [-bleg|-both] destination [dialplan] [context]`."""
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    session = core.session_of(words[0])
    if session is None:
        return NO_CHANNEL
    which = words[1].lower() if words[1].startswith("-") else ""
    words = words[2:] if which else words[1:]
    if not words:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    destination = words[0]
    dialplan = words[1] if len(words) > 1 else "XML"
    context = words[2] if len(words) > 2 else (session.channel.get("context") or "default")
    partner = session.partner
    targets: list[Session] = [session]
    if which == "-bleg":
        targets = [partner or session]
    elif which == "-both" and partner is not None:
        targets = [partner, session]
    for target in targets:
        transfer(target, destination, dialplan, context)
    return "+OK\n"


@command("uuid_park")
def uuid_park(core: Core, argument: str) -> str:
    """Send a leg back to park."""
    session = core.session_of(argument)
    if session is None:
        return NO_CHANNEL
    transfer(session, "park:", "inline", session.channel.get("context") or "default")
    return "+OK\n"


@command("uuid_hold")
def uuid_hold(core: Core, argument: str) -> str:
    """`[off|toggle] uuid`: put a leg on hold by re-INVITE, or take it from hold."""
    words = argument.split()
    if not words:
        return "-USAGE: [off|toggle] <uuid> [<display>]\n"
    how = words[0].lower() if words[0].lower() in ("off", "toggle") and len(words) > 1 else ""
    session = core.session_of(words[1] if how else words[0])
    if session is None or session.endpoint is None:
        return "-ERR Operation failed\n"
    on = not session.channel.held if how == "toggle" else how != "off"
    session.endpoint.hold(on)
    session.channel.mark_held(on)
    return "+OK Success\n"


@command("uuid_send_dtmf")
def uuid_send_dtmf(core: Core, argument: str) -> str:
    """`uuid digits[@duration]`: send digits to a leg."""
    uuid, _, text = argument.partition(" ")
    text = text.strip()
    if not uuid or not text:
        return "-USAGE: <uuid> <dtmf digits>[@<tone_duration>]\n"
    session = core.session_of(uuid)
    if session is None:
        return "-ERR Cannot locate session!\n"
    send_digits(session, text)
    return f"+OK {uuid} sent DTMF {text}.\n"


def send_digits(session: Session, text: str) -> None:
    """Send `digits[@milliseconds]` to a leg as telephone events; `w` and `W` wait half a second and a second."""
    digits, _, duration = text.partition("@")
    samples = int(duration) * 8 if duration.isdigit() else 2000
    if session.media is not None:
        session.media.send_digits(re.sub(r"[^0-9*#A-D]", "", digits.upper()), samples)


@command("uuid_recv_dtmf")
def uuid_recv_dtmf(core: Core, argument: str) -> str:
    """`uuid digits`: as if the leg had pressed these."""
    uuid, _, digits = argument.partition(" ")
    session = core.session_of(uuid)
    if session is None:
        return NO_CHANNEL
    for digit in re.sub(r"[^0-9*#A-D]", "", digits.partition("@")[0].upper()):
        session.push_digit(digit, 2000, "APP")
    return f"+OK {uuid} received DTMF {digits}.\n"


@command("uuid_flush_dtmf")
def uuid_flush_dtmf(core: Core, argument: str) -> str:
    """Forget the digits a leg has pressed and nobody has read."""
    session = core.session_of(argument)
    if session is None:
        return "-ERR no session\n"
    session.digits.clear()
    return "+OK\n"


@command("uuid_broadcast")
def uuid_broadcast(core: Core, argument: str) -> str:
    """`uuid path|app::args [aleg|bleg|both]`: play or run something on a leg, its partner, or both."""
    match = re.match(r"^(\S+)\s+(.+?)(?:\s+(aleg|bleg|both|holdb))?$", argument, re.IGNORECASE)
    if match is None:
        return "-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n"
    uuid, what, which = match.group(1), match.group(2), (match.group(3) or "aleg").lower()
    session = core.session_of(uuid)
    if session is None:
        return "-ERR invalid uuid\n"
    partner = session.partner
    targets = [session] if which in ("aleg", "both", "holdb") else []
    if which in ("bleg", "both") and partner is not None:
        targets.append(partner)
    application, found, arguments = what.partition("::")
    if not found:
        application, arguments = "playback", what
    for target in targets:
        headers = {
            "call-command": "execute",
            "execute-app-name": application,
            "execute-app-arg": arguments,
            "event-lock": "true",
        }
        target.messages.appendleft(Message(headers))
        target.poke()
    return "+OK Message sent\n"
