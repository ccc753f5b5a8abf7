"""G.711: mu-law and A-law bytes to 16-bit samples and back, by table."""

from __future__ import annotations

from array import array
from functools import cache

FRAME_SAMPLES = 160
"""Samples in one 20 ms frame at 8 kHz."""
SILENCE = b"\xff" * FRAME_SAMPLES
"""One frame of mu-law silence."""


def _ulaw_sample(byte: int) -> int:
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 0x84) << ((byte & 0x70) >> 4)
    return 0x84 - magnitude if byte & 0x80 else magnitude - 0x84


def _alaw_sample(byte: int) -> int:
    byte ^= 0x55
    magnitude = (byte & 0x0F) << 4
    segment = (byte & 0x70) >> 4
    magnitude = magnitude + 8 if segment == 0 else (magnitude + 0x108) << (segment - 1)
    return magnitude if byte & 0x80 else -magnitude


def _ulaw_byte(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    segment = magnitude.bit_length() - 8
    return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0F)) & 0xFF


def _alaw_byte(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(abs(sample), 32767)
    if magnitude < 256:
        return (sign | (magnitude >> 4)) ^ 0x55
    segment = magnitude.bit_length() - 8
    return (sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0F)) ^ 0x55


ULAW_SAMPLES = tuple(_ulaw_sample(byte) for byte in range(256))
ULAW_LEVELS = tuple(abs(sample) for sample in ULAW_SAMPLES)
ULAW_TO_ALAW = bytes(_alaw_byte(sample) for sample in ULAW_SAMPLES)
ALAW_TO_ULAW = bytes(_ulaw_byte(_alaw_sample(byte)) for byte in range(256))


@cache
def _ulaw_bytes() -> bytes:
    # Indexed by the sample's low 16 bits; built on first use because it takes some 30 ms.
    return bytes(_ulaw_byte(index - 0x10000 if index & 0x8000 else index) for index in range(0x10000))


def ulaw_of(samples: array[int]) -> bytes:
    """The mu-law bytes of 16-bit samples."""
    table = _ulaw_bytes()
    return bytes([table[sample & 0xFFFF] for sample in samples])


def samples_of(ulaw: bytes) -> array[int]:
    """The 16-bit samples of mu-law bytes."""
    return array("h", map(ULAW_SAMPLES.__getitem__, ulaw))


def level_of(ulaw: bytes) -> float:
    """The mean absolute sample of some mu-law bytes, the measure FreeSWITCH compares with a silence threshold."""
    return sum(map(ULAW_LEVELS.__getitem__, ulaw)) / len(ulaw) if ulaw else 0.0
