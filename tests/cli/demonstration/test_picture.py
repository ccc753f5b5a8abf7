"""A recording in figures and characters."""

import math
from array import array

import pytest

from engine.cli.demonstration.picture import decibels, waveform


def test_the_shape_follows_the_loudness() -> None:
    samples = array("h", [0] * 800 + [8000] * 800 + [-16000] * 800)
    assert waveform(samples, width=3) == "▁▅█"
    assert len(waveform(array("h", [1] * 64_001))) == 64
    assert waveform(array("h")) == ""
    assert waveform(array("h", [0] * 100), width=4) == "▁▁▁▁"


def test_the_level_is_relative_to_full_scale() -> None:
    assert decibels(array("h", [-32768] * 100)) == pytest.approx(0.0)
    assert decibels(array("h", [3277, -3277] * 100)) == pytest.approx(-20, abs=0.1)
    assert decibels(array("h", [0] * 100)) == -math.inf
    assert decibels(array("h")) == -math.inf
