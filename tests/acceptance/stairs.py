"""A prompt whose every half second has a tone of its own: what was heard tells from where to where, and how often."""

from __future__ import annotations

import math
from array import array

from tests.acceptance.audio import RATE, loudness, tone

STEPS = 16
STEP_SECONDS = 0.5
_FRAME = 800
_SHARE = 0.8
"""How much of a frame's power one tone must have to be that step; less is a frame between two."""


def _frequency(step: int) -> float:
    return 350.0 + 110.0 * step


def stairs() -> array[int]:
    """Eight seconds of rising tones."""
    samples = array("h")
    for step in range(STEPS):
        samples += tone((_frequency(step),), STEP_SECONDS)
    return samples


def steps_heard(samples: array[int]) -> list[int]:
    """The steps heard, in order; one heard on and on is one."""
    found: list[int] = []
    for start in range(0, len(samples) - _FRAME + 1, _FRAME):
        step = _step(samples[start : start + _FRAME])
        if step is not None and (not found or found[-1] != step):
            found.append(step)
    return found


def _step(frame: array[int]) -> int | None:
    level = loudness(frame)
    if level < 500:
        return None
    powers = [_goertzel(frame, _frequency(step)) for step in range(STEPS)]
    best = max(range(STEPS), key=powers.__getitem__)
    # A sine of amplitude A has power (A * N / 2) ** 2 in its bin, and a loudness of A / sqrt(2).
    whole = (level * math.sqrt(2) * len(frame) / 2) ** 2
    return best if powers[best] > _SHARE * whole else None


def _goertzel(samples: array[int], frequency: float) -> float:
    coefficient = 2 * math.cos(2 * math.pi * frequency / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    return last * last + before * before - coefficient * last * before
