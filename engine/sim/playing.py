"""Playing a sound to a leg while listening to its digits: what every prompt application is built on."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from engine.sim.event import Value
from engine.sim.sources import Audio, Found, Playable, SoundNotFoundError

if TYPE_CHECKING:
    from engine.sim.session import Session


_READ_AHEAD = 32_768


class Ended(Enum):
    """How a playback ended."""

    DONE = "done"
    BROKEN = "break"
    NOT_FOUND = "not found"
    LOST = "lost"


OnDigit = Callable[[str], bool]
"""Is told a digit; True ends the playback."""


def play_all(session: Session, text: str, on_digit: OnDigit | None) -> Ended:
    """Play a path, a stream, or several joined by `playback_delimiter`, with digits read meanwhile."""
    delimiter = session.channel.get("playback_delimiter")
    parts = [part for part in text.split(delimiter) if part] if delimiter else [text]
    pause = session.channel.get("playback_sleep_val")
    ended = Ended.NOT_FOUND
    for number, part in enumerate(parts):
        if number:
            silence = int(pause) if pause and pause.isdigit() else 250
            if silence and _play(session, session.core.sounds.find(f"silence_stream://{silence}"), on_digit, False) in (
                Ended.BROKEN,
                Ended.LOST,
            ):
                return Ended.BROKEN
        ended = play(session, part, on_digit)
        if ended in (Ended.BROKEN, Ended.LOST):
            break
    return ended


def play(session: Session, text: str, on_digit: OnDigit | None) -> Ended:
    """Play one path or stream, with PLAYBACK_START and PLAYBACK_STOP."""
    try:
        found = session.core.sounds.find(text)
    except SoundNotFoundError:
        return Ended.NOT_FOUND
    return _play(session, found, on_digit, True)


def _play(session: Session, found: Found, on_digit: OnDigit | None, announced: bool) -> Ended:
    channel = session.channel
    if session.endpoint is None or not session.endpoint.pre_answer():
        return Ended.LOST
    media = session.media
    if media is None:
        return Ended.LOST
    described: dict[str, Value] = {"Playback-File-Path": found.path}
    if found.stream == "local_stream":
        described = {"Playback-File-Type": "local_stream", **described}
    if announced:
        channel.fire("PLAYBACK_START", described)
    over = False

    def finished() -> None:
        nonlocal over
        over = True
        session.poke()

    playable = found.playable
    outer, outer_finished = media.swap(playable, finished)
    ended = Ended.DONE
    try:
        while True:
            if not channel.ready:
                ended = Ended.LOST
                break
            session.run_messages()
            if media.source is not playable and not over and channel.ready:
                media.swap(playable, finished)
            while session.digits:
                digit = session.take_digit()
                if digit is not None and on_digit is not None and on_digit(digit):
                    ended = Ended.BROKEN
                    break
            if ended is Ended.BROKEN:
                break
            if session.broken:
                session.broken = False
                ended = Ended.BROKEN
                break
            if over:
                break
            session.wait()
    finally:
        if not media.closed:
            media.swap(outer, outer_finished)
    if announced:
        _note(session, playable, found.stream is None)
        status = "break" if ended is Ended.BROKEN else "done"
        channel.fire("PLAYBACK_STOP", {**described, "Playback-Status": status})
    return ended


def _note(session: Session, playable: Playable, from_file: bool) -> None:
    # A file is read ahead by its buffer, and what was read is what FreeSWITCH calls played.
    played = playable.samples_played
    if isinstance(playable, Audio) and playable.loops == 1 and from_file:
        played = min(len(playable.data), playable.offset + _READ_AHEAD)
    channel = session.channel
    channel.set("playback_last_offset_pos", str(playable.offset))
    channel.set("playback_seconds", str(played // 8000))
    channel.set("playback_ms", str(played // 8))
    channel.set("playback_samples", str(played))


def terminators_of(session: Session) -> str:
    """The digits that end a playback: `*` unless `playback_terminators` says otherwise (`any`, `none`)."""
    text = session.channel.get("playback_terminators")
    if text is None:
        return "*"
    if text.lower() == "any":
        return "1234567890*#"
    return "" if text.lower() == "none" else text


def ends_at_terminator(session: Session) -> OnDigit:
    """A digit reader that stops at a terminator and notes which one it was."""
    session.channel.set("playback_terminator_used", None)

    def on_digit(digit: str) -> bool:
        if digit in terminators_of(session):
            session.channel.set("playback_terminator_used", digit)
            return True
        return False

    return on_digit
