"""Telephone sound: what the line carries passes, what would fold over is gone, level and silence are right."""

import io
import math
import subprocess
import sys
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tts import resample
from engine.tts.resample import WavError, convert, normalise, read_wav, telephone_wav, trim, write_wav


def tone(hz: float, rate: int, seconds: float = 0.3, level: float = 0.5) -> list[float]:
    return [level * math.sin(2 * math.pi * hz * n / rate) for n in range(int(rate * seconds))]


def level_of(samples: list[float], hz: float, rate: int) -> float:
    """Amplitude of one frequency, by Goertzel's sum over the middle part."""
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    real = sum(s * math.cos(2 * math.pi * hz * n / rate) for n, s in enumerate(middle))
    imaginary = sum(s * math.sin(2 * math.pi * hz * n / rate) for n, s in enumerate(middle))
    return 2 * math.hypot(real, imaginary) / len(middle)


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("hz", [300, 1000, 3000, 3300])
def test_the_telephone_band_passes_unchanged(rate: int, hz: int) -> None:
    converted = convert(tone(hz, rate), rate)
    assert len(converted) == pytest.approx(0.3 * 8000, abs=2)
    assert level_of(converted, hz, 8000) == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("hz", [4700, 5000, 6500, 7900, 9000])
def test_what_would_fold_over_is_gone(hz: int) -> None:
    converted = convert(tone(hz, 22050), 22050)
    assert max(map(abs, converted[200:-200])) < 0.5 * 10 ** (-50 / 20)


def test_a_lower_rate_is_raised() -> None:
    converted = convert(tone(1000, 6000), 6000)
    assert level_of(converted, 1000, 8000) == pytest.approx(0.5, rel=0.02)


def test_time_is_kept() -> None:
    samples = [0.0] * 22050
    samples[11025] = 1.0
    converted = convert(samples, 22050)
    assert max(range(len(converted)), key=lambda n: converted[n]) == pytest.approx(4000, abs=1)


def test_silence_around_speech_is_cut_and_the_level_set() -> None:
    silence = [0.0] * 4000
    spoken = normalise(trim(silence + tone(500, 8000, level=0.2) + silence))
    assert len(spoken) == pytest.approx(0.3 * 8000 + 2 * 320, abs=20)
    assert max(spoken) == pytest.approx(resample.PEAK, rel=0.01)


def test_faint_sound_is_not_raised_without_bound() -> None:
    assert max(normalise(tone(500, 8000, level=0.001))) == pytest.approx(0.008, rel=0.01)


def test_a_wav_is_read_as_written() -> None:
    samples = tone(700, 8000)
    rate, again = read_wav(write_wav(samples))
    assert rate == 8000
    assert again == pytest.approx(samples, abs=1e-4)


def test_two_channels_are_mixed() -> None:
    target = io.BytesIO()
    with wave.open(target, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\x00\x40\x00\x00" * 10)
    assert read_wav(target.getvalue())[1] == pytest.approx([0.25] * 10)


def test_lengths_a_pipe_left_open_are_forgiven() -> None:
    content = bytearray(write_wav(tone(700, 8000)))
    content[4:8] = content[40:44] = b"\xf0\xff\xff\x7f"
    assert read_wav(bytes(content)) == read_wav(write_wav(tone(700, 8000)))


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda tail: write_wav([0.5] * 20)[:40] + tail))
def test_any_input_gives_a_wav_or_a_clear_error(content: bytes) -> None:
    outcome = "a WAV"
    try:
        telephone_wav(content)
    except WavError as error:
        outcome = str(error)
    assert outcome


def program(content: bytes) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-I", "-S", resample.__file__], input=content, capture_output=True, check=False
    )


def test_as_a_program() -> None:
    done = program(write_wav(tone(700, 22050), 22050))
    with wave.open(io.BytesIO(done.stdout)) as reader:
        assert (reader.getframerate(), reader.getsampwidth(), reader.getnchannels()) == (8000, 2, 1)
        assert reader.getnframes() / 8000 == pytest.approx(0.3, abs=0.1)
    assert done.returncode == 0
    for content, complaint in ((b"words", b"not a WAV\n"), (write_wav([0.0] * 800), b"nothing but silence\n")):
        failed = program(content)
        assert (failed.returncode, failed.stderr) == (1, complaint)
