"""Applications that end a call or send it away: hangup, respond, redirect, deflect."""

from __future__ import annotations

from engine.sim.causes import cause_of
from engine.sim.registry import application
from engine.sim.session import Session


@application("hangup")
def hangup(session: Session, argument: str) -> None:
    """Hang up for a cause."""
    session.channel.hang_up(cause_of(argument))


@application("respond")
def respond(session: Session, argument: str) -> None:
    """Refuse the unanswered call with `code phrase`."""
    code, _, phrase = argument.strip().partition(" ")
    if session.endpoint is not None and code.isdigit() and 100 <= int(code) <= 699:
        session.endpoint.respond(int(code), phrase.strip())


@application("redirect")
def redirect(session: Session, argument: str) -> None:
    """Send the unanswered caller elsewhere with a 302."""
    if session.endpoint is not None:
        session.endpoint.redirect(argument)


@application("deflect")
def deflect(session: Session, argument: str) -> None:
    """Ask the answered caller to call somebody else (REFER). Whatever comes of it, the call ends with BLIND_TRANSFER.

    What was reported stays in the variable `sip_refer_reply` (mod_sofia.c, SWITCH_MESSAGE_INDICATE_DEFLECT).
    """
    if session.endpoint is not None:
        session.endpoint.refer(argument)
        session.channel.hang_up("BLIND_TRANSFER")
