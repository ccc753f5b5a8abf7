"""Commands of the event socket, beside those in the recorded dialogues."""

import pytest

from tests.sim.conftest import World
from tests.sim.event_socket import EventSocket


def test_plain_and_json_say_the_same(world: World) -> None:
    other = EventSocket(world.simulation.esl_port, events="plain CHANNEL_PARK")
    _, call = world.parked()
    other.wait(lambda: other.raw_events, "the plain event")
    assert f"Unique-ID: {call}".encode() in other.raw_events[0]
    other.close()


def test_user_authentication(world: World) -> None:
    client = EventSocket(world.simulation.esl_port, None)
    client.next_reply()
    assert client.command("userauth 1001@switchboard.local:secret")["Reply-Text"] == "+OK accepted"
    assert client.api("uuid_exists x") == "false"
    client.close()
    client = EventSocket(world.simulation.esl_port, None)
    client.next_reply()
    assert client.command("userauth 1001@switchboard.local:wrong")["Reply-Text"] == "-ERR invalid"
    client.wait(lambda: client.closed, "the end")
    client.close()


def test_a_filter_keeps_background_jobs_away(world: World) -> None:
    _, call = world.answered()
    assert world.client.command(f"filter Unique-ID {call}")["Reply-Text"] == f"+OK filter added. [Unique-ID]=[{call}]"
    world.client.command("bgapi status")
    world.client.run(call, "set", "a=b")
    assert "BACKGROUND_JOB" not in [event["Event-Name"] for event in world.client.events]


def test_the_log(world: World) -> None:
    assert world.client.command("log debug")["Reply-Text"] == "+OK log level DEBUG [7]"
    world.parked()
    world.client.wait(
        lambda: any(reply["Content-Type"] == "log/data" and "park" in reply["_body"] for reply in world.client.replies),
        "a line of the log",
    )
    world.client.taken = len(world.client.replies)
    assert world.client.command("nolog")["Reply-Text"] == "+OK no longer logging"
    assert world.client.command("nolog")["Reply-Text"] == "-ERR not loging"


@pytest.mark.parametrize("text", ["event", "event json", "event json NO_SUCH", "nixevent"])
def test_subscribing_to_nothing_is_an_error(world: World, text: str) -> None:
    assert world.client.command(text)["Reply-Text"] == "-ERR no keywords supplied"


def test_an_event_may_be_sent(world: World) -> None:
    world.client.command("sendevent CUSTOM\nEvent-Subclass: my::event\nX-Value: 5")
    assert world.client.event("CUSTOM", Event_Subclass="my::event")["X-Value"] == "5"


def test_a_client_that_vanishes_in_the_middle_harms_nobody(world: World) -> None:
    for text in (b"api sta", b"sendmsg x\nContent-Length: 500\n\nabc", b"sendmsg x\nContent-Length: x\n\n"):
        other = EventSocket(world.simulation.esl_port)
        other.sock.sendall(text)
        other.close()
    assert world.client.api("uuid_exists x") == "false"


def test_heartbeats(make_world) -> None:  # type: ignore[no-untyped-def]
    world = make_world(heartbeat_seconds=0.05)
    beat = world.client.event("HEARTBEAT")
    assert beat["Event-Info"] == "System Ready"
    assert beat["Session-Count"] == "0"
