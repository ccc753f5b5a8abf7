"""Ending calls, and what they play, from outside."""

from tests.sim.conftest import World


def test_kill_by_cause_number_and_only_once(world: World) -> None:
    phone, call = world.parked()
    assert world.client.api(f"uuid_kill {call} 17") == "+OK\n"
    assert phone.ended.wait(5)
    assert phone.final == 486
    assert world.client.api(f"uuid_kill {call}") == "-ERR No such channel!\n"
    assert world.client.api("uuid_kill") == "-USAGE: <uuid> [cause]\n"


def test_hupall_takes_those_with_the_variable(world: World) -> None:
    _, first = world.answered()
    _, second = world.answered()
    world.client.api(f"uuid_setvar {first} tenant a")
    world.client.api("hupall MANAGER_REQUEST tenant a")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=first)["Hangup-Cause"] == "MANAGER_REQUEST"
    assert world.client.api(f"uuid_exists {second}") == "true"
    world.client.api("hupall")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=second)


def test_break_all_forgets_the_queue(world: World) -> None:
    _, call = world.answered()
    first = world.client.execute(call, "playback", "silence_stream://20000")
    second = world.client.execute(call, "playback", "silence_stream://20001")
    world.client.event("PLAYBACK_START")
    assert world.client.api(f"uuid_break {call} all") == "+OK\n"
    assert world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=first)
    third = world.client.run(call, "set", "a=b")
    assert third["Application-Response"] == "_none_"
    assert second not in [event.get("Application-UUID") for event in world.client.events]


def test_answer_from_outside(world: World) -> None:
    phone, call = world.parked()
    assert world.client.api(f"uuid_pre_answer {call}") == "+OK\n"
    assert world.client.api(f"uuid_answer {call}") == "+OK\n"
    assert phone.answered.wait(5)
    assert world.client.api("uuid_answer nobody") == "-ERR No such channel!\n"
