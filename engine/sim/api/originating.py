"""API commands that place calls: originate and create_uuid."""

from __future__ import annotations

import uuid as uuids

from engine.sim.core import Core
from engine.sim.dialstring import split_words
from engine.sim.originate import originate
from engine.sim.registry import command
from engine.sim.states import State
from engine.sim.transfer import inline_applications

_USAGE = (
    "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] "
    "[<timeout_sec>]\n"
)


@command("originate")
def originate_(core: Core, argument: str) -> str:
    """Call, and give the leg that answered to an application or an extension."""
    address, rest = _first_word(argument)
    words = _target_words(rest)
    if not address or not words:
        return _USAGE
    target = words[0]
    dialplan = words[1] if len(words) > 1 else "XML"
    if len(words) > 3:
        name = words[3]
        address = f"{{origination_caller_id_name='{name}'}}{address}" if name != "undef" else address
    if len(words) > 4:
        address = f"{{origination_caller_id_number='{words[4]}'}}{address}" if words[4] != "undef" else address
    timeout = float(words[5]) if len(words) > 5 and words[5].isdigit() else None
    outcome = originate(core, address, timeout=timeout)
    session = outcome.session
    if session is None:
        return f"-ERR {outcome.cause}\n"
    if target.startswith("&"):
        application, _, arguments = target[1:].partition("(")
        session.extension = [(application.strip(), arguments.removesuffix(")"))]
        session.channel.set_state(State.EXECUTE)
    else:
        session.extension = inline_applications(target) if dialplan.lower() == "inline" else core.dialplan(session)
        if session.channel.profile is not None:
            session.channel.profile.destination_number = target
        session.channel.set_state(State.ROUTING)
    return f"+OK {session.uuid}\n"


def _first_word(text: str) -> tuple[str, str]:
    """The dial string, whose brackets may hold spaces, and the rest."""
    depth = 0
    quoted = False
    for at, letter in enumerate(text):
        if letter == "'" and depth and (at == 0 or text[at - 1] != "\\"):
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "{[<":
            depth += 1
        elif letter in "}]>":
            depth -= 1
        elif letter == " " and depth <= 0:
            return text[:at], text[at + 1 :].strip()
    if quoted or depth > 0:
        # An unclosed bracket or quote: split at the first space, as FreeSWITCH's splitter does.
        first, _, rest = text.partition(" ")
        return first, rest.strip()
    return text, ""


def _target_words(text: str) -> list[str]:
    if text.startswith("&") and "(" in text and ")" in text:
        end = text.rindex(")") + 1
        return [text[:end], *split_words(text[end:].strip(), 6)]
    return split_words(text, 7)


@command("create_uuid")
def create_uuid(_core: Core, _argument: str) -> str:
    """A fresh uuid."""
    return str(uuids.uuid4())
