"""Applications that accept a call: answer, pre_answer, ring_ready."""

from __future__ import annotations

from engine.sim.registry import application
from engine.sim.session import Session


@application("answer")
def answer(session: Session, _argument: str) -> None:
    """Answer the call."""
    if session.endpoint is not None:
        session.endpoint.answer()


@application("pre_answer")
def pre_answer(session: Session, _argument: str) -> None:
    """Open audio before the answer."""
    if session.endpoint is not None:
        session.endpoint.pre_answer()


@application("ring_ready")
def ring_ready(session: Session, _argument: str) -> None:
    """Let the caller hear ringing."""
    if session.endpoint is not None:
        session.endpoint.ring()
        session.channel.mark_ringing()
