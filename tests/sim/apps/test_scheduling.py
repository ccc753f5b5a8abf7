"""Plans of the call itself."""

from tests.sim.conftest import World


def test_hangup_later(world: World) -> None:
    _, call = world.answered()
    world.client.run(call, "sched_hangup", "+1 ALLOTTED_TIMEOUT")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "ALLOTTED_TIMEOUT"


def test_transfer_later_and_calling_it_off(world: World) -> None:
    _, call = world.answered()
    world.client.run(call, "sched_hangup", "+1")
    world.client.run(call, "sched_cancel")
    world.client.run(call, "sched_transfer", "+0 set:moved=yes,park inline")
    world.client.wait(lambda: world.client.api(f"uuid_getvar {call} moved") == "yes", "the transfer")
    assert world.client.api(f"sched_del {call}") == "+OK Deleted: 0\n"
