"""Applications that speak: say and speak, as silence about as long as the words would take."""

from __future__ import annotations

from engine.sim.playing import ends_at_terminator, play
from engine.sim.registry import application
from engine.sim.session import Session

_MS_PER_LETTER = 60
_MS_PER_DIGIT = 400


@application("speak")
def speak(session: Session, argument: str) -> None:
    """`engine|voice|text`, or the text alone when `tts_engine` and `tts_voice` are set."""
    text = argument.split("|")[-1]
    _silence(session, max(200, len(text) * _MS_PER_LETTER))


@application("say")
def say(session: Session, argument: str) -> None:
    """`module type method [gender] text`."""
    words = argument.split()
    if len(words) >= 4:
        _silence(session, max(200, len(words[-1]) * _MS_PER_DIGIT))


def _silence(session: Session, milliseconds: int) -> None:
    play(session, f"silence_stream://{milliseconds}", ends_at_terminator(session))
