"""The length of a recording, and of what is none."""

import wave
from pathlib import Path

import pytest

from engine.shell.recorded_file import recorded_ms


@pytest.mark.parametrize("channels", [1, 2])
def test_the_length_is_the_same_for_any_number_of_channels(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * channels * 12_000)
    assert recorded_ms(str(path)) == 1500


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all, only text of some length that is not a header"])
def test_what_is_no_recording_has_no_length(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.wav"
    path.write_bytes(content)
    assert recorded_ms(str(path)) == 0
    assert recorded_ms(str(tmp_path / "missing.wav")) == 0
