"""Collecting digits inside the switch."""

import pytest

from tests.sim.conftest import World

SILENCE = "silence_stream://60"


def collect(world: World, call: str, arguments: str) -> str:
    return world.client.execute(call, "play_and_get_digits", arguments)


def test_length_ends_it(world: World) -> None:
    phone, call = world.answered()
    label = collect(world, call, f"4 4 1 5000 # {SILENCE} {SILENCE} pin \\d+ 3000")
    phone.press("1234")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert (done["variable_pin"], done["variable_read_result"]) == ("1234", "success")


def test_digits_pressed_before_are_not_lost(world: World) -> None:
    phone, call = world.answered()
    world.client.execute(call, "sleep", "2000")
    label = collect(world, call, f"2 2 1 5000 # {SILENCE} {SILENCE} pin \\d+ 3000")
    phone.press("12", gap=0)
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_pin"] == "12"


def test_the_gap_between_digits_ends_it_when_there_are_enough(world: World) -> None:
    phone, call = world.answered()
    label = collect(world, call, f"1 9 1 5000 # {SILENCE} {SILENCE} n \\d+ 300")
    phone.press("42")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert (done["variable_n"], done["variable_read_result"]) == ("42", "timeout")


def test_too_few_digits_are_a_failure(world: World) -> None:
    phone, call = world.answered()
    label = collect(world, call, f"3 9 1 5000 # {SILENCE} {SILENCE} n \\d+ 300")
    phone.press("42")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_read_result"] == "failure"


def test_what_does_not_match_is_invalid(world: World) -> None:
    phone, call = world.answered()
    label = collect(world, call, f"1 1 1 1000 # {SILENCE} {SILENCE} n [12]")
    phone.press("9")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_n_invalid"] == "9"
    assert "variable_n" not in done


def test_sensitive_digits_make_no_events(world: World) -> None:
    phone, call = world.answered()
    world.client.run(call, "set", "sensitive_dtmf=true")
    label = collect(world, call, f"4 4 1 5000 # {SILENCE} {SILENCE} pin \\d+ 3000")
    phone.press("1234")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_pin"] == "1234"
    assert "DTMF" not in world.client.names(call)


def test_a_lone_terminator_of_a_menu_is_forgotten(world: World) -> None:
    phone, call = world.answered()
    label = collect(world, call, f"1 1 1 1000 # silence_stream://3000 {SILENCE} n [0-9#]")
    world.client.event("PLAYBACK_START")
    phone.press("#")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert "variable_n" not in done


def test_failure_may_transfer(world: World) -> None:
    _, call = world.answered()
    collect(world, call, f"1 1 1 1000 # {SILENCE} {SILENCE} n [12] 500 'hangup inline'")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=call)


@pytest.mark.parametrize("arguments", ["garbage", "", "1 1", "a b c d e f g h i"])
def test_nonsense_ends_without_harm(world: World, arguments: str) -> None:
    _, call = world.answered()
    label = collect(world, call, arguments)
    assert world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert world.client.api(f"uuid_exists {call}") == "true"


def test_read_and_flush(world: World) -> None:
    phone, call = world.answered()
    label = world.client.execute(call, "read", f"1 4 {SILENCE} n 2000 #")
    phone.press("77#")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert (done["variable_n"], done["variable_read_terminator_used"]) == ("77", "#")
    world.client.execute(call, "sleep", "300")
    phone.press("5")
    world.client.run(call, "flush_dtmf")
    assert "5" not in [event.get("DTMF-Digit") for event in world.client.events]
