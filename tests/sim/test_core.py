"""The dialplan of the simulation: park, and treat a caller nobody serves."""

from collections.abc import Callable

from engine.sim.core import TREATMENT_ROUNDS
from tests.sim.conftest import World
from tests.sim.test_sound_files import write


def test_a_caller_nobody_serves_hears_the_treatment_and_parks_again(make_world: Callable[..., World]) -> None:
    world = make_world(treatment_after=0.1)
    write(world.folder / "treatment.wav", seconds=0.2)
    phone, call = world.parked()
    assert phone.answered.wait(5)
    world.client.wait(lambda: len(phone.heard) >= 1600, "the announcement")
    world.client.wait(lambda: world.client.names(call).count("CHANNEL_PARK") >= 2, "the second park")


def test_the_treatment_has_a_context_of_its_own(make_world: Callable[..., World]) -> None:
    world = make_world(treatment_after=0.1)
    write(world.folder / "treatment.wav", seconds=0.02)
    _, call = world.parked(number="4711")
    second = world.client.wait(
        lambda: [event for event in world.client.events if event["Event-Name"] == "CHANNEL_PARK"][1:], "a second park"
    )[0]
    assert (second["Unique-ID"], second["Caller-Context"]) == (call, "treatment")
    assert second["Caller-Destination-Number"] == "treatment_1"
    assert second["variable_sip_req_user"] == "4711", "where the number called is still to be found"


def test_after_the_last_round_the_call_ends(make_world: Callable[..., World]) -> None:
    world = make_world(treatment_after=0.05)
    write(world.folder / "treatment.wav", seconds=0.02)
    _, call = world.parked()
    done = world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=call)
    assert done["Hangup-Cause"] == "NORMAL_TEMPORARY_FAILURE"
    assert world.client.names(call).count("CHANNEL_PARK") <= TREATMENT_ROUNDS + 1


def test_without_an_announcement_there_is_a_tone(make_world: Callable[..., World]) -> None:
    world = make_world(treatment_after=0.05, sounds_dir=None)
    phone, _ = world.parked()
    world.client.wait(lambda: len(phone.heard) >= 1600, "the tone")


def test_an_engine_that_takes_the_call_stops_the_treatment(make_world: Callable[..., World]) -> None:
    world = make_world(treatment_after=0.4)
    _, call = world.parked()
    assert world.client.api(f"sched_del {call}") == "+OK Deleted: 1\n"
    world.client.run(call, "sleep", "600")
    assert "CHANNEL_ANSWER" not in world.client.names(call)


def test_too_many_calls_are_refused(make_world: Callable[..., World]) -> None:
    world = make_world(max_sessions=1)
    world.parked()
    other = world.phone()
    other.call(world.simulation.trunk_sip_port)
    assert other.ended.wait(5)
    assert (other.final, other.log[-1].get("Retry-After")) == (503, "300")


def test_a_command_that_fails_is_an_error_text(world: World) -> None:
    def broken(_core: object, _argument: str) -> str:
        raise RuntimeError("on purpose")

    from engine.sim.registry import COMMANDS

    COMMANDS["broken"] = broken
    try:
        assert world.client.api("broken") == "-ERR internal error\n"
    finally:
        del COMMANDS["broken"]
