"""Applications that wait: park, sleep, break."""

from __future__ import annotations

from engine.sim.causes import cause_of
from engine.sim.registry import application
from engine.sim.session import Session


@application("park")
def park(session: Session, _argument: str) -> None:
    """Hold the channel for whoever commands it; inside a park it does nothing (switch_ivr_park)."""
    channel = session.channel
    if session.parked:
        return
    deadline: float | None = None
    cause = "NORMAL_CLEARING"
    timeout = channel.get("park_timeout")
    if timeout is not None:
        seconds, _, word = timeout.partition(":")
        cause = cause_of(word) if word else cause
        if seconds.strip().isdigit():
            deadline = session.core.now() + int(seconds)
        channel.set("park_timeout", None)
        channel.set("park_after_bridge", None)
    session.parked = True
    channel.fire("CHANNEL_PARK")
    try:
        while channel.ready:
            session.run_messages()
            session.take_digit()
            if not channel.ready:
                break
            if deadline is not None and session.core.now() >= deadline:
                channel.hang_up(cause)
                break
            if not session.digits:
                session.wait(None if deadline is None else max(0.0, deadline - session.core.now()))
    finally:
        session.parked = False
    channel.fire("CHANNEL_UNPARK")


@application("sleep")
def sleep(session: Session, argument: str) -> None:
    """Do nothing for so many milliseconds; a digit or a break ends it, and the digit stays for the next application."""
    milliseconds = int(argument) if argument.strip().isdigit() else 0
    until = session.core.now() + milliseconds / 1000
    while session.channel.ready and not session.broken and not session.digits:
        session.run_messages()
        left = until - session.core.now()
        if left <= 0 or not session.wait(left):
            break
    session.broken = False


@application("break")
def break_(session: Session, argument: str) -> None:
    """Stop what is playing; with any argument but `all` forget what is queued as well (mod_dptools.c)."""
    session.break_playing(flush=bool(argument) and argument.lower() != "all")
