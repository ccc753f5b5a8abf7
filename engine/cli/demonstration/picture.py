"""A recording as people can see it: how long, how loud, and its shape."""

import math
from array import array

BLOCKS = "▁▂▃▄▅▆▇█"


def waveform(samples: "array[int]", width: int = 64) -> str:
    """The loudness over time in `width` characters."""
    if not samples:
        return ""
    size = max(1, len(samples) // width)
    levels = [max(map(abs, samples[at : at + size])) for at in range(0, size * width, size) if at < len(samples)]
    loudest = max(levels) or 1
    return "".join(BLOCKS[round(level / loudest * (len(BLOCKS) - 1))] for level in levels)


def decibels(samples: "array[int]") -> float:
    """The level in dBFS; minus infinity for silence."""
    power = sum(sample * sample for sample in samples) / len(samples) if samples else 0.0
    return 10 * math.log10(power / 32768**2) if power else -math.inf
