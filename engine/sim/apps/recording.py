"""Applications that record: record (like voicemail), record_session and its companions."""

from __future__ import annotations

import re
import urllib.parse
from collections import deque
from pathlib import Path

from engine.sim.dialstring import parse_variables, split_words
from engine.sim.g711 import level_of
from engine.sim.playing import OnDigit, ends_at_terminator
from engine.sim.recording import start_recording, stop_recording
from engine.sim.registry import application
from engine.sim.session import Session
from engine.sim.wav_file import WavFile

_DEFAULT_SILENCE_SECONDS = 3


class Dictation:
    """The caller's words on their way to a file; only what really arrives is written."""

    def __init__(self, session: Session, file: WavFile, threshold: int, silence_seconds: int) -> None:
        self._session = session
        self._file = file
        self._threshold = threshold
        self._patience = self._patience_left = 50 * (silence_seconds or _DEFAULT_SILENCE_SECONDS)
        self._frames: deque[bytes] = deque()
        self.silent = False

    def heard(self, frame: bytes) -> None:
        """The caller said this."""
        self._frames.append(frame)

    def spoke(self, frame: bytes) -> None:
        """What the caller hears is not recorded."""

    def tick(self) -> None:
        """Write what came, and count silence; nothing at all is silence too."""
        level = 0.0
        while self._frames:
            frame = self._frames.popleft()
            self._file.add(frame, b"\xff" * len(frame))
            level = max(level, level_of(frame)) if self._threshold else 0.0
        if not self._threshold or self.silent:
            return
        if level >= self._threshold:
            self._patience_left = self._patience
            return
        self._patience_left -= 1
        if self._patience_left <= 0:
            self.silent = True
            self._session.poke()


@application("record")
def record(session: Session, argument: str) -> None:
    """`path [limit seconds] [silence threshold] [silence seconds]`: record until a terminator, silence or the limit."""
    words = split_words(argument, 4)
    channel = session.channel
    if not words:
        return
    if session.endpoint is None or not session.endpoint.pre_answer() or session.media is None:
        channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    limit, threshold, seconds = (_number(words[at]) if len(words) > at else 0 for at in (1, 2, 3))
    path = _path_of(session, words[0])
    on_digit = ends_at_terminator(session)
    try:
        file = WavFile(path, stereo=False, append=channel.is_true("RECORD_APPEND"))
    except OSError:
        channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    channel.set("silence_hits_exhausted", "false")
    dictation = Dictation(session, file, threshold, seconds)
    session.media.listen(dictation)
    channel.fire("RECORD_START", {"Record-File-Path": str(path)})
    try:
        _until_over(session, dictation, session.core.now() + limit if limit else None, on_digit)
    finally:
        if session.media is not None:
            session.media.unlisten(dictation)
        channel.set("record_file_size", str(file.close()))
    if dictation.silent:
        channel.set("silence_hits_exhausted", "true")
    channel.set("record_seconds", str(file.samples // 8000))
    channel.set("record_ms", str(file.samples // 8))
    channel.set("record_samples", str(file.samples))
    channel.fire("RECORD_STOP", {"Record-File-Path": str(path)})


def _until_over(session: Session, dictation: Dictation, deadline: float | None, on_digit: OnDigit) -> None:
    while session.channel.ready and not dictation.silent:
        session.run_messages()
        while session.digits:
            digit = session.take_digit()
            if digit is not None and on_digit(digit):
                return
        if session.broken:
            session.broken = False
            return
        left = None if deadline is None else deadline - session.core.now()
        if left is not None and left <= 0:
            return
        session.wait(left)


@application("record_session")
def record_session(session: Session, argument: str) -> None:
    """`path [+seconds] [{variables}]`: record the leg beside whatever it does."""
    path, *words = argument.split(" ") if argument.strip() else [""]
    limit = words.pop(0) if words and words[0].startswith("+") else ""
    text = urllib.parse.unquote(words[0]) if words else ""
    variables = parse_variables(text[1:-1]) if text.startswith("{") and text.endswith("}") else {}
    if path:
        start_recording(session, path, _number(limit), variables)


@application("stop_record_session")
def stop_record_session(session: Session, argument: str) -> None:
    """Stop a recording by its path, or `all`."""
    stop_recording(session, argument.strip())


@application("record_session_mask")
def record_session_mask(session: Session, argument: str) -> None:
    """Write silence instead of what is said."""
    _masked(session, argument, True)


@application("record_session_unmask")
def record_session_unmask(session: Session, argument: str) -> None:
    """Write what is said again."""
    _masked(session, argument, False)


@application("record_session_pause")
def record_session_pause(session: Session, argument: str) -> None:
    """Write nothing for a while."""
    _paused(session, argument, True)


@application("record_session_resume")
def record_session_resume(session: Session, argument: str) -> None:
    """Write again."""
    _paused(session, argument, False)


def _masked(session: Session, argument: str, on: bool) -> None:
    recording = session.recordings.get(argument.strip())
    if recording is not None:
        recording.masked = on


def _paused(session: Session, argument: str, on: bool) -> None:
    recording = session.recordings.get(argument.strip())
    if recording is not None:
        recording.paused = on


def _path_of(session: Session, text: str) -> Path:
    path = Path(re.sub(r"^\s*\{[^}]*\}", "", text))
    sounds = session.core.settings.sounds_dir
    return path if path.is_absolute() or sounds is None else sounds / path


def _number(text: str) -> int:
    match = re.match(r"\s*\+?(\d+)", text)
    return int(match.group(1)) if match else 0
