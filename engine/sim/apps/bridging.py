"""The application that calls somebody and connects: bridge."""

from __future__ import annotations

from engine.sim.bridge import join, meet
from engine.sim.originate import originate
from engine.sim.registry import application
from engine.sim.session import Session
from engine.sim.states import State


@application("bridge")
def bridge(session: Session, argument: str) -> None:
    """Call the addresses of a dial string and talk to whoever answers first."""
    channel = session.channel
    timeout = channel.get("call_timeout") or channel.get("originate_timeout")
    exported = _exported(session)
    outcome = originate(
        session.core,
        f"{exported}{argument}",
        caller=session,
        timeout=float(timeout) if timeout and timeout.isdigit() else None,
    )
    channel.set("originate_disposition", outcome.cause)
    channel.set("DIALSTATUS", "SUCCESS" if outcome.session is not None else outcome.cause)
    peer = outcome.session
    if peer is None:
        channel.set("last_bridge_hangup_cause", outcome.cause)
        if channel.ready and not _continues(session, outcome.cause):
            channel.hang_up(outcome.cause)
        return
    if session.endpoint is None or not session.endpoint.answer():
        peer.channel.hang_up("ORIGINATOR_CANCEL")
        return
    channel.set("bridge_channel", peer.channel.name)
    channel.set("bridge_uuid", peer.uuid)
    channel.set("signal_bond", peer.uuid)
    peer.channel.set("signal_bond", session.uuid)
    meet(channel, peer.channel)
    join(session, peer)
    if peer.channel.up and peer.channel.running_state == State.CONSUME_MEDIA:
        peer.channel.hang_up("NORMAL_CLEARING")


def _exported(session: Session) -> str:
    names = (session.channel.get("export_vars") or "").split(",")
    pairs = [(name.removeprefix("nolocal:"), session.channel.get(name)) for name in names if name]
    quoted = [f"{name}='" + value.replace("'", "\\'") + "'" for name, value in pairs if value]
    return "{" + ",".join(quoted) + "}" if quoted else ""


def _continues(session: Session, cause: str) -> bool:
    text = session.channel.get("continue_on_fail") or ""
    return session.channel.is_true("continue_on_fail") or cause in text.replace(",", " ").split()
