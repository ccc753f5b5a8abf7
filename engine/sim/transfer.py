"""Sending a session to another destination of the dialplan (switch_ivr_session_transfer)."""

from __future__ import annotations

import time
import uuid as uuids
from typing import TYPE_CHECKING

from engine.sim.caller_profile import now_us
from engine.sim.states import State

if TYPE_CHECKING:
    from engine.sim.session import Session


def transfer(session: Session, destination: str, dialplan: str, context: str, *, label: str = "bl_xfer") -> None:
    """Leave whatever runs and do what the destination says: the applications of an `inline` one, else the dialplan."""
    channel = session.channel
    if not channel.up:
        return
    profile = channel.profile
    if profile is not None:
        profile.rdnis = profile.destination_number
        profile.destination_number = destination
        profile.dialplan = dialplan
        profile.context = context
        profile.index += 1
        profile.times["Profile-Created"] = now_us()
        profile.times.pop("Channel-Bridged", None)
        profile.transfer_source = f"{int(time.time())}:{uuids.uuid4()}:{label}:{destination}/{context}/{dialplan}"
        channel.append("transfer_history", profile.transfer_source)
        channel.set("transfer_source", profile.transfer_source)
    channel.other_leg = {}
    channel.set("signal_bond", None)
    session.messages.clear()
    session.on_soft_execute = None
    session.dialled = True
    if dialplan.lower() == "inline":
        session.extension = inline_applications(destination)
        if profile is not None and session.extension:
            # The inline dialplan puts its first application where the destination was.
            session.on_routed = lambda: _rename(session)
    else:
        session.extension = session.core.dialplan(session)
    if bond := session.bridge:
        bond.stop()
    channel.set_state(State.ROUTING)


def _rename(session: Session) -> None:
    if session.channel.profile is not None and session.extension:
        session.channel.profile.destination_number = session.extension[0][0]
        session.channel.profile.rdnis = ""


def inline_applications(text: str) -> list[tuple[str, str]]:
    """`app:argument,app:argument`, or with another delimiter `m:DELIMITER:app:argument...` (mod_dptools.c)."""
    delimiter = ","
    if text.startswith("m:") and len(text) > 4 and text[3] == ":":
        delimiter, text = text[2], text[4:]
    applications = []
    for part in text.split(delimiter):
        name, _, argument = part.strip().partition(":")
        if name:
            applications.append((name, argument))
    return applications
