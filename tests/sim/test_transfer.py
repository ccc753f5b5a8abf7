"""The inline dialplan, and what a transfer leaves behind."""

import pytest

from engine.sim.transfer import inline_applications
from tests.sim.conftest import World


@pytest.mark.parametrize(
    ("text", "applications"),
    [
        ("park", [("park", "")]), ("park::", [("park", ":")]),
        ("set:a=b,playback:/x.wav,park", [("set", "a=b"), ("playback", "/x.wav"), ("park", "")]),
        ("m:^:set:a=b,c^park:", [("set", "a=b,c"), ("park", "")]),
    ],
)  # fmt: skip
def test_inline(text: str, applications: list[tuple[str, str]]) -> None:
    assert inline_applications(text) == applications


def test_a_transfer_changes_the_destination_and_forgets_the_queue(world: World) -> None:
    _, call = world.answered()
    world.client.execute(call, "playback", "silence_stream://20000")
    queued = world.client.execute(call, "set", "never=1")
    world.client.event("PLAYBACK_START")
    assert world.client.api(f"uuid_transfer {call} 4711 XML public") == "+OK\n"
    world.client.wait(lambda: world.client.names(call).count("CHANNEL_PARK") == 2, "the new park")
    parked = [event for event in world.client.events if event["Event-Name"] == "CHANNEL_PARK"][-1]
    assert (parked["Caller-Destination-Number"], parked["Caller-RDNIS"]) == ("4711", "1000")
    assert queued not in [event.get("Application-UUID") for event in world.client.events]
    assert world.client.api("uuid_transfer nobody 1") == "-ERR No such channel!\n"
    assert world.client.api(f"uuid_transfer {call}").startswith("-USAGE")
