"""One leg's audio."""

import socket
import struct
from collections.abc import Iterator

import gevent
import pytest

from engine.sim.media import MediaClock, MediaLeg, RtpPorts
from engine.sim.sdp import AudioOffer
from engine.sim.sources import Audio
from tests.sim.conftest import World


@pytest.fixture
def clock() -> Iterator[MediaClock]:
    made = MediaClock()
    made.start()
    yield made
    made.stop()


def leg_to(clock: MediaClock, ear: socket.socket, codec: str = "PCMU") -> MediaLeg:
    leg = MediaLeg(clock, RtpPorts("127.0.0.1", 20000, 40000).bind(), lambda *_: None)
    leg.connect(AudioOffer("127.0.0.1", ear.getsockname()[1], (codec,), 101), codec)
    return leg


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(5)
    yield made
    made.close()


def test_sequence_and_timestamps_go_on(clock: MediaClock, ear: socket.socket) -> None:
    leg = leg_to(clock, ear)
    leg.swap(Audio(b"\x55" * 1600), None)
    packets = [ear.recv(2048) for _ in range(10)]
    heads = [struct.unpack("!BBHII", packet[:12]) for packet in packets]
    assert [(head[2] - heads[0][2]) & 0xFFFF for head in heads] == list(range(10))
    assert [(head[3] - heads[0][3]) & 0xFFFFFFFF for head in heads] == [160 * number for number in range(10)]
    assert [head[1] >> 7 for head in heads] == [1] + [0] * 9
    leg.close()


def test_the_end_of_a_source_is_told_once(clock: MediaClock, ear: socket.socket) -> None:
    leg = leg_to(clock, ear)
    told: list[int] = []
    leg.swap(Audio(b"\x55" * 320), lambda: told.append(1))
    gevent.sleep(0.3)
    assert told == [1]
    leg.close()
    leg.close()


def test_audio_goes_where_it_comes_from(clock: MediaClock, ear: socket.socket) -> None:
    leg = leg_to(clock, ear)
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("127.0.0.1", 0))
    other.settimeout(5)
    other.sendto(struct.pack("!BBHII", 0x80, 0, 1, 1, 1) + b"\x11" * 160, ("127.0.0.1", leg.port))
    while not leg.packets_in:
        gevent.sleep(0.01)
    leg.swap(Audio(b"\x55" * 160), None)
    assert other.recv(2048)[12:] == b"\x55" * 160
    other.close()
    leg.close()


def test_two_legs_of_different_codecs_hear_each_other(world: World) -> None:
    alaw = world.phone()
    _, a = world.answered(alaw, body=alaw.sdp(codecs="8 101"))
    ulaw, b = world.answered()
    world.client.api(f"uuid_bridge {a} {b}")
    world.client.event("CHANNEL_BRIDGE")
    alaw.say([b"\x80" * 160] * 5, 8)
    ulaw.say([b"\x80" * 160] * 5)
    world.client.wait(lambda: len(alaw.heard) >= 800 and len(ulaw.heard) >= 800, "audio")
    assert {kind for _, kind in alaw.packets} == {8}
    assert {kind for _, kind in ulaw.packets} == {0}


def test_ports_come_from_the_range_until_it_is_used_up() -> None:
    ports = RtpPorts("127.0.0.1", 45001, 45008)
    taken = [ports.bind() for _ in range(3)]
    assert sorted(sock.getsockname()[1] for sock in taken) == [45002, 45004, 45006]
    with pytest.raises(OSError, match="no free RTP port"):
        ports.bind()
    for sock in taken:
        sock.close()
