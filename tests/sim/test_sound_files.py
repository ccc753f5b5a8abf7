"""Wav files of several kinds become mu-law at 8 kHz."""

import itertools
import math
import wave
from array import array
from pathlib import Path

import pytest

from engine.sim.g711 import level_of, samples_of
from engine.sim.sound_files import sound_of


def write(path: Path, rate: int = 8000, channels: int = 1, width: int = 2, seconds: float = 0.1) -> Path:
    count = int(rate * seconds)
    tone = [int(8000 * math.sin(2 * math.pi * 400 * index / rate)) for index in range(count)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        if width == 1:
            file.writeframes(bytes((sample >> 8) + 128 for sample in tone for _ in range(channels)))
        elif width == 2:
            file.writeframes(array("h", [sample for sample in tone for _ in range(channels)]).tobytes())
        else:
            file.writeframes(bytes(width * channels * count))
    return path


@pytest.mark.parametrize(
    ("rate", "channels", "width"), [(8000, 1, 2), (16000, 2, 2), (44100, 1, 2), (8000, 1, 1), (48000, 2, 2)]
)
def test_every_kind_has_the_same_length_and_loudness(tmp_path: Path, rate: int, channels: int, width: int) -> None:
    sound = sound_of(write(tmp_path / "a.wav", rate, channels, width))
    assert len(sound) == 800
    assert 4000 < level_of(sound) < 6000
    # 400 Hz crosses zero 80 times in a tenth of a second.
    samples = samples_of(sound)
    assert 76 <= sum(a * b < 0 or (a == 0 and b != 0) for a, b in itertools.pairwise(samples)) <= 84


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    assert len(sound_of(path)) == 800
    write(path, seconds=0.2)
    assert len(sound_of(path)) == 1600


def test_what_is_no_wav_file_is_a_value_error(tmp_path: Path) -> None:
    (tmp_path / "b.wav").write_bytes(b"not audio")
    with pytest.raises(ValueError, match="not a PCM wav"):
        sound_of(tmp_path / "b.wav")
    with pytest.raises(ValueError, match="bits"):
        sound_of(write(tmp_path / "c.wav", width=3))
    with pytest.raises(OSError, match=r"nothing\.wav"):
        sound_of(tmp_path / "nothing.wav")
