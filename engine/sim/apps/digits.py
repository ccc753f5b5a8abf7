"""Applications that send or queue digits: send_dtmf, queue_dtmf."""

from __future__ import annotations

from engine.sim.api.steering import send_digits
from engine.sim.registry import application
from engine.sim.session import Session


@application("send_dtmf", "queue_dtmf")
def send_dtmf(session: Session, argument: str) -> None:
    """`digits[@milliseconds]`: send digits to the other side."""
    send_digits(session, argument)
