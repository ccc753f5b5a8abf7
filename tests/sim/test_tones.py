"""Teletone scripts."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sim.g711 import level_of
from engine.sim.tones import tone_audio


def test_on_and_off_have_their_length() -> None:
    audio, loops = tone_audio("%(100,50,440)")
    assert (len(audio), loops) == (1200, 1)
    assert level_of(audio[:800]) > 1000
    assert audio[800:] == b"\xff" * 400


def test_loops_and_volume_and_several_tones() -> None:
    audio, loops = tone_audio("loops=-1;v=-30;%(100,0,350,440);%(100,0,620)")
    quiet = level_of(audio)
    assert (len(audio), loops) == (1600, -1)
    assert quiet < level_of(tone_audio("v=-10;%(100,0,350,440);%(100,0,620)")[0])


@pytest.mark.parametrize("script", ["", "loops=3", "%(a,b,c)", "nonsense"])
def test_a_script_without_tones_is_an_error(script: str) -> None:
    with pytest.raises(ValueError, match="no tone"):
        tone_audio(script)


@given(st.text(alphabet="%(),;=-0123456789lopsv ", max_size=30))
def test_noise_is_audio_or_a_value_error(script: str) -> None:
    with contextlib.suppress(ValueError):
        assert tone_audio(script)[0]
