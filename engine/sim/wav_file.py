"""A wav file that grows while a call is recorded."""

from __future__ import annotations

import sys
import wave
from array import array
from pathlib import Path

from engine.sim.g711 import samples_of

_FLUSH_FRAMES = 50


class WavFile:
    """Writes frames of mu-law as 16-bit PCM at 8 kHz: one channel (the sum of both sides) or one per side."""

    def __init__(self, path: Path, *, stereo: bool, append: bool = False) -> None:
        """Open the file, with its folder; OSError when that is not possible."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._stereo = stereo
        before = b""
        channels = 2 if stereo else 1
        if append and path.is_file():
            before = _frames_of(path, channels)
        self._file = wave.open(str(path), "wb")  # noqa: SIM115 - open as long as the recording
        self._file.setnchannels(channels)
        self._file.setsampwidth(2)
        self._file.setframerate(8000)
        self._file.writeframes(before)
        self._near: list[bytes] = []
        self._far: list[bytes] = []
        self.samples = 0

    def add(self, near: bytes, far: bytes) -> None:
        """Add one frame: what the leg said and what it heard."""
        self._near.append(near)
        self._far.append(far)
        self.samples += len(near)
        if len(self._near) >= _FLUSH_FRAMES:
            self._flush()

    def close(self) -> int:
        """Write the rest and the header; the file's size in bytes."""
        self._flush()
        self._file.close()
        return self.path.stat().st_size

    def _flush(self) -> None:
        near, far = b"".join(self._near), b"".join(self._far)
        self._near, self._far = [], []
        left, right = samples_of(near), samples_of(far)
        if self._stereo:
            mixed = array("h", bytes(4 * len(left)))
            mixed[0::2] = left
            mixed[1::2] = right
        else:
            mixed = array("h", [max(-32768, min(32767, a + b)) for a, b in zip(left, right, strict=True)])
        if sys.byteorder == "big":
            mixed.byteswap()
        self._file.writeframes(mixed.tobytes())


def _frames_of(path: Path, channels: int) -> bytes:
    try:
        with wave.open(str(path), "rb") as file:
            same = (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (channels, 2, 8000)
            return file.readframes(file.getnframes()) if same else b""
    except (wave.Error, EOFError):
        return b""
