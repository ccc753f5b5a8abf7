"""Plans from outside."""

from tests.sim.conftest import World


def test_hangup_later(world: World) -> None:
    _, call = world.answered()
    assert world.client.api(f"sched_hangup +1 {call} USER_BUSY") == "+OK\n"
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "USER_BUSY"
    assert world.client.api(f"sched_hangup +1 {call}") == "-ERR No such channel!\n"
    assert world.client.api("sched_hangup").startswith("-USAGE")


def test_plans_of_a_call_are_called_off_by_its_uuid(world: World) -> None:
    _, call = world.answered()
    world.client.api(f"sched_hangup +1 {call}")
    world.client.api(f"sched_transfer +1 {call} hangup inline")
    assert world.client.api(f"sched_del {call}") == "+OK Deleted: 2\n"
    assert world.client.api("sched_del") == "-ERR Invalid syntax\n"


def test_a_command_later(world: World) -> None:
    _, call = world.answered()
    answer = world.client.api(f"sched_api +0 group uuid_setvar {call} a b")
    assert answer.startswith("+OK Added: ")
    world.client.wait(lambda: world.client.api(f"uuid_getvar {call} a") == "b", "the command")
    number = world.client.api("sched_api +60 group status").split()[-1]
    assert world.client.api(f"sched_del {number}") == "+OK Deleted: 1\n"
    assert world.client.api("sched_api tomorrow group status").startswith("-ERR Invalid syntax")
