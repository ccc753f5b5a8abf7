"""The stock event-socket client that the project is built on, as an independent judge of the event socket."""

import gevent.event
import greenswitch
import pytest

from tests.sim.conftest import World


def connect(world: World, password: str = "ClueCon") -> greenswitch.InboundESL:
    client = greenswitch.InboundESL(host="127.0.0.1", port=world.simulation.esl_port, password=password)
    client.connect()
    return client


def test_it_authenticates_subscribes_and_commands(world: World) -> None:
    client = connect(world)
    assert client.send("api version").data.startswith("FreeSWITCH Version 1.10.12")
    assert client.send("event plain CHANNEL_PARK CHANNEL_EXECUTE_COMPLETE").data == "+OK event listener enabled plain"
    parked, completed = gevent.event.AsyncResult(), gevent.event.AsyncResult()
    client.register_handle("CHANNEL_PARK", parked.set)
    client.register_handle("CHANNEL_EXECUTE_COMPLETE", completed.set)

    phone, call = world.parked(sender='"René ünïcode" <sip:bob@example.com>')

    headers = parked.get(timeout=5).headers
    assert headers["Unique-ID"] == call
    assert headers["Caller-Caller-ID-Name"] == "René ünïcode"
    reply = client.send(f"sendmsg {call}\ncall-command: execute\nexecute-app-name: answer\nEvent-UUID: abc")
    assert reply.data == "+OK"
    assert completed.get(timeout=5).headers["Application-UUID"] == "abc"
    assert phone.answered.wait(5)
    client.stop()


def test_a_wrong_password_is_told(world: World) -> None:
    with pytest.raises(ValueError, match="Invalid password"):
        connect(world, "wrong")
