"""Two legs: who is told what about whom."""

from tests.sim.conftest import World


def test_each_leg_learns_of_the_other_and_a_played_prompt_is_for_one_only(world: World) -> None:
    first, a = world.answered()
    second, b = world.answered()
    world.client.api(f"uuid_bridge {a} {b}")
    bridged = world.client.event("CHANNEL_BRIDGE", Unique_ID=a)
    assert (bridged["Bridge-A-Unique-ID"], bridged["Other-Leg-Unique-ID"]) == (a, b)
    assert bridged["Other-Type"] == "originatee"
    assert bridged["variable_bridge_uuid"] == b
    world.client.run(a, "playback", "tone_stream://%(100,0,440)")
    assert len(first.heard) == 800
    assert not second.heard
    second.say([b"\x20" * 160] * 3)
    world.client.wait(lambda: len(first.heard) == 800 + 480, "the other's voice")


def test_a_dead_leg_cannot_be_bridged(world: World) -> None:
    first, a = world.answered()
    _, b = world.answered()
    first.bye()
    world.client.event("CHANNEL_DESTROY", Unique_ID=a)
    assert world.client.api(f"uuid_bridge {a} {b}") == "-ERR Invalid uuid\n"
    assert world.client.api(f"uuid_exists {b}") == "true"
