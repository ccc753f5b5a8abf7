"""Applications that play: playback, gentones, endless_playback."""

from __future__ import annotations

from engine.sim.playing import Ended, ends_at_terminator, play_all
from engine.sim.registry import application
from engine.sim.session import Session

RESPONSES = {
    Ended.DONE: "FILE PLAYED",
    Ended.BROKEN: "FILE PLAYED",
    Ended.NOT_FOUND: "FILE NOT FOUND",
    Ended.LOST: "PLAYBACK ERROR",
}


@application("playback")
def playback(session: Session, argument: str) -> None:
    """Play a file or stream until it ends, a terminator comes or somebody breaks it."""
    session.respond(RESPONSES[play_all(session, argument, ends_at_terminator(session))])


@application("endless_playback")
def endless_playback(session: Session, argument: str) -> None:
    """Play a file or stream again and again."""
    while session.channel.ready:
        ended = play_all(session, argument, ends_at_terminator(session))
        if ended is not Ended.DONE:
            return


@application("gentones")
def gentones(session: Session, argument: str) -> None:
    """Play a teletone script."""
    play_all(session, f"tone_stream://{argument}", ends_at_terminator(session))
