"""Files that grow."""

import wave
from pathlib import Path

import pytest

from engine.sim.wav_file import WavFile

LOUD = b"\x80" * 160
QUIET = b"\xff" * 160


def read(path: Path) -> tuple[int, int, bytes]:
    with wave.open(str(path), "rb") as file:
        return file.getnchannels(), file.getnframes(), file.readframes(file.getnframes())


def test_mono_is_the_sum_and_is_clipped(tmp_path: Path) -> None:
    file = WavFile(tmp_path / "new" / "a.wav", stereo=False)
    for near, far in ((LOUD, QUIET), (LOUD, LOUD), (QUIET, QUIET)):
        file.add(near, far)
    assert file.close() == 44 + 2 * 480
    channels, count, data = read(tmp_path / "new" / "a.wav")
    assert (channels, count) == (1, 480)
    assert data[:2] == (32124).to_bytes(2, "little")
    assert data[320:322] == (32767).to_bytes(2, "little")
    assert data[640:642] == b"\0\0"


def test_stereo_keeps_the_sides_apart(tmp_path: Path) -> None:
    file = WavFile(tmp_path / "a.wav", stereo=True)
    for _ in range(60):
        file.add(LOUD, QUIET)
    file.close()
    channels, count, data = read(tmp_path / "a.wav")
    assert (channels, count) == (2, 60 * 160)
    assert data[:4] == (32124).to_bytes(2, "little") + b"\0\0"


def test_append_keeps_what_was_there(tmp_path: Path) -> None:
    for _ in range(2):
        file = WavFile(tmp_path / "a.wav", stereo=False, append=True)
        file.add(LOUD, QUIET)
        file.close()
    assert read(tmp_path / "a.wav")[1] == 320


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"):
        WavFile(tmp_path / "file" / "a.wav", stereo=False)
