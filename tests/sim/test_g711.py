"""G.711 against known values and against itself."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from engine.sim.g711 import ALAW_TO_ULAW, SILENCE, ULAW_SAMPLES, ULAW_TO_ALAW, level_of, samples_of, ulaw_of


def test_known_values() -> None:
    assert (ULAW_SAMPLES[0x00], ULAW_SAMPLES[0x80], ULAW_SAMPLES[0xFF], ULAW_SAMPLES[0x7F]) == (-32124, 32124, 0, 0)
    assert ulaw_of(array("h", [0, 32124, -32124])) == b"\xff\x80\x00"


def test_every_byte_survives_a_round_trip() -> None:
    negative_zero = {0x7F: 0xFF}
    assert all(ulaw_of(samples_of(bytes([byte])))[0] == negative_zero.get(byte, byte) for byte in range(256))


@given(st.lists(st.integers(-32768, 32767), max_size=200))
def test_the_error_stays_below_a_sixteenth(samples: list[int]) -> None:
    back = samples_of(ulaw_of(array("h", samples)))
    assert all(abs(a - b) <= max(abs(a) / 16, 8, abs(a) - 32124) for a, b in zip(samples, back, strict=True))


def test_alaw_and_back_stays_near() -> None:
    there_and_back = bytes(range(256)).translate(ULAW_TO_ALAW).translate(ALAW_TO_ULAW)
    assert all(
        abs(ULAW_SAMPLES[byte] - ULAW_SAMPLES[again]) <= max(16, abs(ULAW_SAMPLES[byte]) / 16)
        for byte, again in enumerate(there_and_back)
    )


def test_alaw_silence_and_peak() -> None:
    assert ULAW_TO_ALAW[0xFF] == 0xD5
    assert ULAW_TO_ALAW[0x80] == 0xAA


def test_silence_has_no_level() -> None:
    assert level_of(SILENCE) == 0
    assert level_of(b"\x00") == 32124
    assert level_of(b"") == 0
