"""RTP and telephone events as bytes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sim.rtp import DIGITS, EventReceiver, RtpPacket, event_bytes, parse_event, parse_rtp, rtp_bytes


@given(st.integers(0, 127), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.binary(max_size=200), st.booleans())
def test_what_is_packed_is_unpacked(kind: int, sequence: int, stamp: int, payload: bytes, marker: bool) -> None:
    packet = parse_rtp(rtp_bytes(kind, sequence, stamp, 1, payload, marker))
    assert packet == RtpPacket(kind, marker, sequence, stamp, payload)


@given(st.binary(max_size=80))
def test_noise_never_raises(noise: bytes) -> None:
    packet = parse_rtp(noise)
    assert packet is None or EventReceiver().receive(packet) is not None


def test_header_extension_and_padding_are_taken_off() -> None:
    head = struct.pack("!BBHII", 0x80 | 0x10 | 0x20 | 1, 0, 1, 2, 3)
    packet = parse_rtp(head + b"CSRC" + struct.pack("!HH", 0, 1) + b"EXT!" + b"audio" + b"\0\0\3")
    assert packet is not None
    assert packet.payload == b"audio"


@pytest.mark.parametrize("digit", DIGITS)
def test_every_digit_has_its_code(digit: str) -> None:
    assert parse_event(event_bytes(digit, end=True, duration=1600)) == (digit, True, 1600)


def _packets(digit: str, stamp: int, ends: int) -> list[RtpPacket]:
    middle = [RtpPacket(101, False, 0, stamp, event_bytes(digit, end=False, duration=160 * n)) for n in (1, 2, 3)]
    return middle + [RtpPacket(101, False, 0, stamp, event_bytes(digit, end=True, duration=640))] * ends


@pytest.mark.parametrize("ends", [1, 2, 3])
def test_a_digit_comes_once_however_often_its_end_is_repeated(ends: int) -> None:
    receiver = EventReceiver()
    got = [digit for packet in _packets("5", 100, ends) for digit in receiver.receive(packet)]
    assert got == [("5", 640)]


def test_a_digit_whose_end_is_lost_comes_with_the_next_one() -> None:
    receiver = EventReceiver()
    stream = _packets("5", 100, 0) + _packets("5", 9000, 3)
    assert [digit for packet in stream for digit in receiver.receive(packet)] == [("5", 480), ("5", 640)]
