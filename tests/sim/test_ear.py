"""The ear of a phone: it hears, talks and presses keys in RTP as a switch sends and reads it."""

from __future__ import annotations

import socket
import struct
from array import array
from collections.abc import Iterator

import gevent
import pytest

from engine.sim.ear import Ear
from engine.sim.g711 import samples_of, ulaw_of


@pytest.fixture
def ear() -> Iterator[Ear]:
    with Ear() as ear:
        yield ear


@pytest.fixture
def switch(ear: Ear) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switch:
        switch.bind(("127.0.0.1", 0))
        switch.connect(("127.0.0.1", ear.port))
        switch.settimeout(10)
        yield switch


def rtp(timestamp: int, payload: bytes, kind: int = 0) -> bytes:
    return struct.pack(">BBHII", 0x80, kind, timestamp // 160, timestamp, 7) + payload


def wait_for(ear: Ear, seconds: float) -> None:
    with gevent.Timeout(10):
        while ear.seconds < seconds:
            gevent.sleep(0.005)


def test_what_the_switch_sends_is_heard_and_what_is_lost_is_silence(ear: Ear, switch: socket.socket) -> None:
    first, second = ulaw_of(array("h", [1000] * 160)), ulaw_of(array("h", [-3000] * 160))
    switch.send(b"no rtp")
    switch.send(rtp(0, first))
    switch.send(rtp(320, second))
    wait_for(ear, 480 / 8000)
    assert ear.heard() == samples_of(first) + array("h", [0] * 160) + samples_of(second)
    assert ear.level == pytest.approx((1000 + 3000) / 3, rel=0.05)


def test_a_jump_of_the_clock_is_another_stream_not_a_long_silence(ear: Ear, switch: socket.socket) -> None:
    sound = ulaw_of(array("h", [1000] * 160))
    switch.send(rtp(0, sound))
    switch.send(rtp(4_000_000, sound))
    wait_for(ear, 320 / 8000)
    assert ear.seconds == 320 / 8000


def packets(switch: socket.socket, count: int) -> list[tuple[int, bool, int, bytes]]:
    """Kind, marker, timestamp and payload of the next packets; their numbers must follow."""
    found = []
    last = None
    for _ in range(count):
        data = switch.recv(2048)
        _, kind, sequence, timestamp, _ = struct.unpack_from(">BBHII", data)
        assert last is None or sequence == (last + 1) & 0xFFFF
        last = sequence
        found.append((kind & 0x7F, bool(kind & 0x80), timestamp, data[12:]))
    return found


def test_it_speaks_once_it_was_spoken_to(ear: Ear, switch: socket.socket) -> None:
    words = array("h", range(0, 16000, 50))
    ear.say(words)
    switch.send(rtp(0, ulaw_of(array("h", [0] * 160))))
    sent = b"".join(payload for kind, _, _, payload in packets(switch, 4) if kind == 0)
    assert ulaw_of(words) in sent
    assert not ear.is_saying


def test_a_key_is_an_event_with_one_clock_and_a_repeated_end(ear: Ear, switch: socket.socket) -> None:
    ear.press("#")
    switch.send(rtp(0, ulaw_of(array("h", [0] * 160))))
    events = [packet for packet in packets(switch, 12) if packet[0] == 101]
    assert [payload[0] for *_, payload in events] == [11] * 7
    assert len({timestamp for _, _, timestamp, _ in events}) == 1
    assert [marker for _, marker, _, _ in events] == [True] + [False] * 6
    assert [bool(payload[1] & 0x80) for *_, payload in events] == [False] * 4 + [True] * 3
    assert [struct.unpack_from(">H", payload, 2)[0] for *_, payload in events][-3:] == [800] * 3


def test_a_switch_that_closed_its_port_harms_nobody(ear: Ear, switch: socket.socket) -> None:
    switch.send(rtp(0, ulaw_of(array("h", [0] * 160))))
    packets(switch, 1)
    switch.close()
    ear.say(array("h", [5] * 1600))
    with gevent.Timeout(10):
        while ear.is_saying:
            gevent.sleep(0.01)
