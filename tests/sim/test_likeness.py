"""Likeness: a sound is found in another whatever surrounds it, and no other is taken for it."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sim.g711 import samples_of, ulaw_of
from engine.sim.likeness import likeness


def tone(hz: float, seconds: float, level: int = 6000) -> array[int]:
    return array("h", (round(level * math.sin(math.tau * hz * n / 8000)) for n in range(int(8000 * seconds))))


def noise(seconds: float, level: int, seed: int) -> array[int]:
    draw = random.Random(seed)
    return array("h", (draw.randint(-level, level) for _ in range(int(8000 * seconds))))


def test_a_sound_is_found_whatever_surrounds_it() -> None:
    wanted = noise(1.2, 5000, 1)
    heard = tone(440, 0.7) + wanted + tone(300, 0.4)
    assert likeness(heard, wanted) == pytest.approx(1.0, abs=1e-6)
    assert likeness(samples_of(ulaw_of(heard)), wanted) > 0.99
    quieter = array("h", (sample // 5 for sample in heard))
    assert likeness(quieter, wanted) > 0.99


def test_another_sound_is_not_taken_for_it() -> None:
    assert likeness(noise(3, 5000, 1), noise(1, 5000, 2)) < 0.2
    assert likeness(tone(900, 3), noise(1, 5000, 2)) < 0.2
    assert likeness(array("h", bytes(16000)), noise(0.5, 5000, 2)) == 0.0


def test_half_of_it_is_not_enough() -> None:
    wanted = noise(1.0, 5000, 1)
    assert likeness(wanted[:4000] + array("h", bytes(16000)), wanted) < 0.2


@pytest.mark.parametrize(("heard", "wanted"), [(0, 1), (1, 0), (0.1, 1)])
def test_too_little_is_nothing(heard: float, wanted: float) -> None:
    assert likeness(tone(500, heard), tone(500, wanted)) == 0.0


@given(
    st.lists(st.integers(-32768, 32767), min_size=1, max_size=12).map(lambda items: array("h", items)),
    st.lists(st.integers(-32768, 32767), min_size=1, max_size=30).map(lambda items: array("h", items)),
)
@settings(max_examples=200)
def test_it_is_the_plain_definition(wanted: array[int], heard: array[int]) -> None:
    n = len(wanted)
    best = 0.0
    for at in range(len(heard) - n + 1):
        part = heard[at : at + n]
        scale = math.sqrt(sum(a * a for a in part) * sum(b * b for b in wanted))
        if scale:
            best = max(best, sum(a * b for a, b in zip(part, wanted, strict=True)) / scale)
    assert likeness(heard, wanted) == pytest.approx(best, abs=1e-9)
