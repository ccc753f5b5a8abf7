"""Recording a session beside whatever it does (record_session, uuid_record), after switch_ivr_async.c."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.sim.event import Value
from engine.sim.g711 import FRAME_SAMPLES, SILENCE, level_of
from engine.sim.wav_file import WavFile

if TYPE_CHECKING:
    from engine.sim.session import Session

log = logging.getLogger(__name__)
_LONGEST_BACKLOG = 25
_TRUE = ("true", "yes", "on", "1", "t", "enabled", "active", "allow")


class Recording:
    """One file being written from one leg, keyed by its path."""

    def __init__(self, session: Session, path: str, limit: int, variables: Mapping[str, str]) -> None:
        """Open the file; OSError when that is not possible."""
        self._session = session
        self._variables = dict(variables)
        self.path = path
        self._near: deque[bytes] = deque(maxlen=_LONGEST_BACKLOG)
        self._far: deque[bytes] = deque(maxlen=_LONGEST_BACKLOG)
        self._with_near = not self._is_true("RECORD_WRITE_ONLY")
        self._with_far = not self._is_true("RECORD_READ_ONLY")
        self._append = self._is_true("RECORD_APPEND")
        stereo = self._is_true("RECORD_STEREO") or self._is_true("RECORD_STEREO_SWAP")
        self._swap = self._is_true("RECORD_STEREO_SWAP")
        self._ticks_left = limit * 50 if limit > 0 else -1
        self._min_samples = 8000 * self._number("RECORD_MIN_SEC", 3 if self._append else 0)
        initial, final = self._number("RECORD_INITIAL_TIMEOUT_MS", -1), self._number("RECORD_FINAL_TIMEOUT_MS", -1)
        self._threshold = self._number("RECORD_SILENCE_THRESHOLD", 200 if initial >= 0 or final >= 0 else 0)
        self._final_ms = max(0, final)
        self._timeout_ms = max(0, initial)
        self._silent_ms = -1
        self._speech = False
        self._cause: str | None = None
        self._stopped = False
        self.masked = False
        self.paused = False
        self._file = WavFile(Path(path), stereo=stereo, append=self._append)

    def begin(self) -> None:
        """Follow the leg, and say so."""
        media = self._session.media
        assert media is not None, "a recording needs audio"
        self._session.recordings[self.path] = self
        media.listen(self)
        self._session.channel.fire("RECORD_START", {"Record-File-Path": self.path, **self._labels()})

    def _is_true(self, name: str) -> bool:
        value = self._variables.get(name)
        return value.lower() in _TRUE if value is not None else self._session.channel.is_true(name)

    def _number(self, name: str, default: int) -> int:
        value = self._variables.get(name, self._session.channel.get(name) or "")
        return int(value) if value.isdigit() else default

    def _labels(self) -> dict[str, Value]:
        return {f"Recording-Variable-{name}": value for name, value in self._variables.items()}

    # What the leg tells

    def heard(self, frame: bytes) -> None:
        """The other side said this."""
        self._near.append(frame)

    def spoke(self, frame: bytes) -> None:
        """The other side was sent this."""
        self._far.append(frame)

    def tick(self) -> None:
        """Write 20 ms, and stop when the time is over or silence has lasted."""
        if self._stopped:
            return
        channel = self._session.channel
        near = _frame(self._near) if self._with_near else SILENCE
        far = _frame(self._far) if self._with_far else SILENCE
        if (self._is_true("RECORD_ANSWER_REQ") and not channel.answered) or (
            self._is_true("RECORD_BRIDGE_REQ") and self._session.partner is None
        ):
            return
        if not self.paused:
            if self.masked:
                near = far = SILENCE
            self._file.add(*((far, near) if self._swap else (near, far)))
            self._watch_silence(near, far)
        if self._ticks_left > 0:
            self._ticks_left -= 1
        if self._ticks_left == 0:
            self._cause = self._cause or "success-maxtime"
        if self._cause is not None:
            self.stop()

    def _watch_silence(self, near: bytes, far: bytes) -> None:
        if not self._threshold:
            self._speech = True
            return
        if level_of(near) < self._threshold and level_of(far) < self._threshold:
            self._silent_ms = self._silent_ms + 20 if self._silent_ms >= 0 else 0
            if self._timeout_ms and self._silent_ms >= self._timeout_ms:
                self._cause = "success-silence" if self._speech else "no-input-timeout"
        elif self._silent_ms >= 0 or not self._speech:
            # Sound after silence is speech; from now on the final timeout counts.
            self._speech = True
            self._silent_ms = -1
            self._timeout_ms = self._final_ms

    def stop(self) -> None:
        """Close the file, throw it away when it is empty or too short, and say how it ended."""
        if self._stopped:
            return
        self._stopped = True
        channel = self._session.channel
        if self._session.media is not None:
            self._session.media.unlisten(self)
        self._session.recordings.pop(self.path, None)
        samples = self._file.samples
        try:
            channel.set("record_file_size", str(self._file.close()))
            if samples == 0 and not self._append:
                self._discard("empty-file")
            elif samples < self._min_samples and not self._append:
                self._discard("input-too-short")
        except OSError as error:
            log.error("recording %s failed: %s", self.path, error)
            self._cause = "uri-failure"
        if self._cause is None:
            if channel.up:
                self._cause = "success-maxtime"
            else:
                self._cause = "success-silence" if self._speech else "no-input-timeout"
        channel.set("record_samples", str(samples))
        channel.set("record_seconds", str(samples // 8000))
        channel.set("record_ms", str(samples // 8))
        channel.set("record_completion_cause", self._cause)
        after: dict[str, Value] = {"Record-File-Path": self.path, **self._labels()}
        channel.fire("RECORD_STOP", after | {"Record-Completion-Cause": self._cause})

    def _discard(self, cause: str) -> None:
        Path(self.path).unlink(missing_ok=True)
        self._session.channel.set("RECORD_DISCARDED", "true")
        self._cause = cause


def _frame(backlog: deque[bytes]) -> bytes:
    frame = backlog.popleft() if backlog else SILENCE
    return frame if len(frame) == FRAME_SAMPLES else (frame + SILENCE)[:FRAME_SAMPLES]


def start_recording(session: Session, path: str, limit: int, variables: Mapping[str, str]) -> bool:
    """Record to a path; True also when it is recorded already, False when it cannot be."""
    if session.endpoint is None or not session.channel.up or not session.endpoint.pre_answer() or not session.media:
        return False
    if path in session.recordings:
        if session.channel.is_true("RECORD_TOGGLE_ON_REPEAT"):
            return stop_recording(session, path)
        return True
    try:
        recording = Recording(session, path, limit, variables)
    except OSError as error:
        log.warning("cannot record %s: %s", path, error)
        session.channel.set("record_completion_cause", "uri-failure")
        if session.channel.is_true("RECORD_HANGUP_ON_ERROR"):
            session.channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return False
    recording.begin()
    return True


def stop_recording(session: Session, path: str) -> bool:
    """Stop a recording, or `all`; False when there is none of that path."""
    if path.lower() == "all":
        for recording in list(session.recordings.values()):
            recording.stop()
        return True
    one = session.recordings.get(path)
    if one is None:
        return False
    one.stop()
    return True
