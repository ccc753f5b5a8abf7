"""Datagrams, transactions and retransmissions."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sim.conftest import World
from tests.sim.registering import ask


def test_a_retransmitted_invite_is_one_call(world: World) -> None:
    phone, call = world.parked()
    assert phone.server
    for _ in range(3):
        phone.sock.sendto(phone.sent_invite, phone.server)
    world.client.wait(lambda: sum(message.code == 100 for message in phone.log) >= 4, "four answers")
    assert '"row_count":1' in world.client.api("show channels as json").replace(" ", "")
    world.client.run(call, "answer")
    assert phone.answered.wait(5)
    before = len(phone.log)
    phone.sock.sendto(phone.sent_invite, phone.server)
    world.client.wait(lambda: len(phone.log) > before, "the same answer")
    assert phone.log[-1].code == 200


def test_a_refusal_is_repeated_until_it_is_acknowledged(world: World) -> None:
    phone, call = world.parked()
    phone.manual_ack = True
    world.client.execute(call, "hangup", "USER_BUSY")
    world.client.wait(lambda: sum(message.code == 486 for message in phone.log) >= 3, "three refusals")
    phone.ack(phone.log[-1])


NOISE = [
    b"", b"\r\n\r\n", b"\0" * 50, b"INVITE", b"INVITE sip:x SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n",
    b"INVITE sip:a@b SIP/2.0\r\nVia: x\r\nFrom: y\r\nTo: z\r\nCall-ID: 1\r\nCSeq: nonsense\r\n\r\n",
    b"REGISTER sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=1\r\nFrom: y\r\nTo: z\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"
    b"Authorization: Digest\r\n\r\n",
    b"SIP/2.0 abc OK\r\nVia: x\r\nFrom: y\r\nTo: z\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
    b"ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=1\r\nFrom: y\r\nTo: z;tag=1\r\nCall-ID: 1\r\n"
    b"CSeq: 1 ACK\r\n\r\n",
    b"\xff\xfe" * 700, os.urandom(1400),
]  # fmt: skip


def test_noise_never_stops_the_switch(world: World) -> None:
    phone = world.phone()
    for port in (world.simulation.trunk_sip_port, world.simulation.agent_sip_port):
        for noise in NOISE:
            phone.sock.sendto(noise, ("127.0.0.1", port))
        assert ask(world, phone, "OPTIONS", port=port) == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400), junk=st.binary(max_size=20))
def test_mangled_invites_never_stop_the_switch(world: World, cut: int, junk: bytes) -> None:
    phone = world.phone()
    phone.server = ("127.0.0.1", world.simulation.trunk_sip_port)
    whole = phone.request("INVITE", "sip:1000@127.0.0.1", body=phone.sdp())
    phone.sock.sendto(whole[:cut] + junk + whole[cut + len(junk) :], phone.server)
    assert ask(world, phone, "OPTIONS", port=world.simulation.trunk_sip_port) == 200
    phone.close()
    world.phones.remove(phone)
