"""Waiting: park, sleep, break."""

from tests.sim.conftest import World


def test_a_park_with_a_timeout_ends(world: World) -> None:
    _, call = world.answered()
    world.client.api(f"uuid_setvar {call} park_timeout 1:USER_BUSY")
    world.client.api(f"uuid_setvar {call} park_after_bridge true")
    world.client.api(f"uuid_park {call}")
    done = world.client.event("CHANNEL_HANGUP_COMPLETE")
    assert done["Hangup-Cause"] == "USER_BUSY"
    assert "variable_park_after_bridge" not in done


def test_sleep_ends_early_by_a_digit_which_stays(world: World) -> None:
    phone, call = world.answered()
    label = world.client.execute(call, "sleep", "20000")
    phone.press("3")
    assert world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert world.client.event("DTMF")["DTMF-Digit"] == "3"
    assert world.client.run(call, "sleep", "10")


def test_break_forgets_what_is_queued_unless_it_says_all(world: World) -> None:
    _, call = world.answered()
    label = world.client.execute(call, "playback", "silence_stream://20000", lock=False)
    world.client.event("PLAYBACK_START")
    world.client.execute(call, "break", lock=False)
    assert (
        world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)["Application-Response"] == "FILE PLAYED"
    )


def test_a_loop_repeats_what_takes_long_enough(world: World) -> None:
    _, call = world.answered()
    world.client.command(
        f"sendmsg {call}\ncall-command: execute\nexecute-app-name: sleep\nexecute-app-arg: 600\n"
        "loops: 2\nEvent-UUID: loop"
    )

    def twice() -> bool:
        return sum(event.get("Application-UUID") == "loop" for event in world.client.events) == 4

    world.client.wait(twice, "two passes")
