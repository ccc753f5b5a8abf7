"""How alike two sounds are: whether a caller really heard a prompt, and a file really holds a voice.

The normalised cross-correlation at every offset, by one multiplication of two very long whole numbers: written with
64 bits a sample, the digits of the product are the sums of products of the samples (Kronecker's substitution).
"""

from __future__ import annotations

import math
from array import array
from itertools import accumulate

OFFSET = 32768
"""Added to each sample so that no digit is negative."""
DIGIT_BYTES = 8
PIECE = 4000
"""Half a second: long enough to be unmistakable, short enough that a clock that slips does not blur it."""
PIECES = 2


def likeness(heard: array[int], wanted: array[int]) -> float:
    """How well `wanted` is found in `heard`: 1 the same but for loudness, 0 unrelated or not there.

    Its loudest half seconds are looked for at every place; the result is that of the one found worst.
    """
    return min((_best(heard, piece) for piece in _loudest(wanted)), default=0.0)


def _loudest(sound: array[int]) -> list[array[int]]:
    length = min(PIECE, len(sound))
    if not length:
        return []
    pieces = [sound[at : at + length] for at in range(0, len(sound) - length + 1, length)]
    pieces.sort(key=lambda piece: -sum(sample * sample for sample in piece))
    return pieces[:PIECES]


def _best(heard: array[int], piece: array[int]) -> float:
    """The largest normalised cross-correlation of the piece with any part of what was heard."""
    n = len(piece)
    own = sum(sample * sample for sample in piece)
    if len(heard) < n or not own:
        return 0.0
    sums = list(accumulate(heard, initial=0))
    energies = list(accumulate((sample * sample for sample in heard), initial=0))
    constant = OFFSET * sum(piece) + OFFSET * OFFSET * n
    best = 0.0
    for at, product in enumerate(_products(heard, piece)):
        energy = energies[at + n] - energies[at]
        if energy:
            correlated = product - OFFSET * (sums[at + n] - sums[at]) - constant
            best = max(best, correlated / math.sqrt(energy * own))
    return best


def _products(heard: array[int], piece: array[int]) -> array[int]:
    """The sum of products of the piece with the part of `heard` at each offset, both made positive."""
    product = _number(heard) * _number(piece[::-1])
    digits = array("Q", product.to_bytes(DIGIT_BYTES * (len(heard) + len(piece)), "little"))
    return digits[len(piece) - 1 : len(heard)]


def _number(sound: array[int]) -> int:
    return int.from_bytes(array("Q", [sample + OFFSET for sample in sound]).tobytes(), "little")
