"""G.711, WAV files, and how alike two recordings are: what a test needs to say that a caller heard a prompt.

Samples are 16-bit, mono, 8,000 a second, in `array("h")`.
"""

from __future__ import annotations

import math
import wave
from array import array
from functools import cache
from operator import mul
from pathlib import Path
from statistics import median

RATE = 8000
_PROBE = 160
"""Samples of the loudest 20 ms of a prompt: enough to find it, few enough to search a minute of audio for it."""

_CANDIDATES = 8
_PIECE = 1600
_DRIFT = 800
_SURE = 0.8


def ulaw_to_pcm(payload: bytes) -> array[int]:
    """Decode G.711 mu-law (ITU-T G.711, table 2)."""
    return array("h", map(_ulaw_table().__getitem__, payload))


def alaw_to_pcm(payload: bytes) -> array[int]:
    """Decode G.711 A-law (ITU-T G.711, table 1)."""
    return array("h", map(_alaw_table().__getitem__, payload))


def pcm_to_ulaw(samples: array[int]) -> bytes:
    """Encode to G.711 mu-law."""
    return bytes(map(_ulaw_of, samples))


def pcm_to_alaw(samples: array[int]) -> bytes:
    """Encode to G.711 A-law."""
    return bytes(map(_alaw_of, samples))


def read_wav(path: Path) -> array[int]:
    """The samples of an 8 kHz mono 16-bit WAV file. Raises AssertionError for any other kind of WAV."""
    with wave.open(str(path), "rb") as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        assert shape == (RATE, 1, 2), f"{path}: rate, channels, bytes are {shape}"
        return array("h", file.readframes(file.getnframes()))


def write_wav(path: Path, samples: array[int]) -> None:
    """Write samples as an 8 kHz mono 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setframerate(RATE)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(samples.tobytes())


def tone(frequencies: tuple[float, ...], seconds: float, amplitude: int = 8000) -> array[int]:
    """A chord of sine waves; different frequencies make prompts that do not correlate."""
    share = amplitude / len(frequencies)
    steps = [2 * math.pi * frequency / RATE for frequency in frequencies]
    return array("h", (int(sum(share * math.sin(n * step) for step in steps)) for n in range(int(seconds * RATE))))


def sweep(first: float, last: float, seconds: float, amplitude: int = 8000) -> array[int]:
    """A tone that glides from one frequency to another: unlike a steady tone, it fits itself in one place only."""
    total = int(seconds * RATE)
    slope = (last - first) / seconds
    return array(
        "h",
        (
            int(amplitude * math.sin(2 * math.pi * (first * t + slope * t * t / 2)))
            for t in (n / RATE for n in range(total))
        ),
    )


def silence(seconds: float) -> array[int]:
    """Nothing to hear."""
    return array("h", bytes(2 * int(seconds * RATE)))


def correlate(heard: array[int], prompt: array[int]) -> float:
    """How well `prompt` is found, whole and anywhere, in `heard`: 1 is identical but for loudness, 0 is unrelated."""
    return locate(heard, prompt)[0]


def locate(heard: array[int], prompt: array[int]) -> tuple[float, int]:
    """How well `prompt` is found in `heard`, as `correlate` tells it, and at which sample it begins there.

    It is the largest normalised cross-correlation. The loudest 20 ms of the prompt are searched for at every sample,
    then the whole prompt is compared at the best of these places.
    """
    if len(prompt) < _PROBE or len(heard) < len(prompt):
        return 0.0, 0
    at = _loudest(prompt)
    probe = prompt[at : at + _PROBE]
    scores = []
    for offset in range(len(heard) - len(prompt) + 1):
        window = heard[offset + at : offset + at + _PROBE]
        product = sum(map(mul, probe, window))
        if product > 0:
            energy = sum(map(mul, window, window))
            scores.append((product / math.sqrt(energy), offset))
    scores.sort(reverse=True)
    places = [offset for _, offset in scores[:_CANDIDATES]]
    return max(((_similarity(heard[at : at + len(prompt)], prompt), at) for at in places), default=(0.0, 0))


def likeness(heard: array[int], said: array[int]) -> float:
    """How well most of `said` is found in `heard`: the median of the correlations of its pieces of 200 ms.

    A real switch on a busy machine loses a frame now and then; all that follows is then shifted by 20 ms, which a
    comparison of the whole would not forgive.
    """
    starts = range(0, len(said) - _PIECE + 1, _PIECE)
    best = 0.0
    for anchor in starts:
        score, place = locate(heard, said[anchor : anchor + _PIECE])
        best = max(best, score)
        if score > _SURE:
            shift = place - anchor
            return median(
                correlate(heard[max(0, shift + at - _DRIFT) : shift + at + _PIECE + _DRIFT], said[at : at + _PIECE])
                for at in starts
            )
    return best


def loudness(samples: array[int]) -> float:
    """Root mean square: 0 is silence, a tone of amplitude A has A / sqrt(2)."""
    return math.sqrt(sum(map(mul, samples, samples)) / len(samples)) if samples else 0.0


def _loudest(samples: array[int]) -> int:
    starts = range(0, len(samples) - _PROBE + 1, _PROBE // 2)
    return max(starts, key=lambda start: sum(map(mul, *[samples[start : start + _PROBE]] * 2)))


def _similarity(a: array[int], b: array[int]) -> float:
    scale = math.sqrt(sum(map(mul, a, a)) * sum(map(mul, b, b)))
    return sum(map(mul, a, b)) / scale if scale else 0.0


@cache
def _ulaw_table() -> tuple[int, ...]:
    def decode(byte: int) -> int:
        byte = ~byte & 0xFF
        magnitude = (((byte & 0x0F) << 3) + 0x84) << ((byte & 0x70) >> 4)
        return 0x84 - magnitude if byte & 0x80 else magnitude - 0x84

    return tuple(map(decode, range(256)))


@cache
def _alaw_table() -> tuple[int, ...]:
    def decode(byte: int) -> int:
        byte ^= 0x55
        mantissa = (byte & 0x0F) << 4
        segment = (byte & 0x70) >> 4
        magnitude = mantissa + 8 if segment == 0 else (mantissa + 0x108) << (segment - 1)
        return magnitude if byte & 0x80 else -magnitude

    return tuple(map(decode, range(256)))


@cache
def _alaw_of(sample: int) -> int:
    magnitude = min(abs(sample), 32767) >> 4
    segment = max(0, magnitude.bit_length() - 4)
    mantissa = (magnitude >> max(0, segment - 1)) & 0x0F
    return ((0x80 if sample >= 0 else 0) | segment << 4 | mantissa) ^ 0x55


@cache
def _ulaw_of(sample: int) -> int:
    magnitude = min(abs(sample), 32635) + 0x84
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~((0x80 if sample < 0 else 0) | exponent << 4 | mantissa) & 0xFF
