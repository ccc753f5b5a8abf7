"""The engine is killed in the middle of everything a call can be in, and started again: the caller's call goes on."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.audio import correlate, read_wav, silence, sweep
from tests.acceptance.caller import Caller
from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.ledger import no_channel_left, whole_story
from tests.acceptance.phone import hang_up, hear_each_other, phone, registered_phone, told_caller
from tests.acceptance.stairs import STEPS, steps_heard

SECRET = "+442079460004"
TO_ALICE = "+442079460005"
TO_URI = "+442079460006"
MESSAGE = "+442079460008"
STAIRS = "+442079460025"
STAIRS_MENU = "+442079460026"
SLOW_ENTRY = "+442079460027"
LONG_PAUSE = "+442079460028"
SLOW_LOOKUP = "+442079460029"


def recovered(engine: EngineProcess, caller: Caller) -> list[str]:
    """The types of the events of an ended call that was taken over once; its story must be whole."""
    types = [event["type"] for event in whole_story(engine, caller.call)]
    assert types.count("call.recovered") == 1, types
    no_channel_left(engine.switch)
    return types


def some_stairs(caller: Caller, steps: int) -> None:
    """Wait until the caller has heard some steps of the long prompt."""
    assert until(lambda: len(steps_heard(caller.ear.heard())) >= steps, 12.0), steps_heard(caller.ear.heard())


def test_in_a_prompt_that_goes_on(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, STAIRS, tmp_path) as caller:
        some_stairs(caller, 2)
        engine.kill()
        engine.start()
        caller.hears("chosen_one", 15.0)
        assert steps_heard(caller.ear.heard())[:STEPS] == list(range(STEPS)), "the prompt was cut or begun again"
        ended = caller.ends()
    assert (ended["ended_by"], ended["tags"]) == ("engine", {"wrapped": "yes"})
    recovered(engine, caller)


def test_in_a_prompt_that_ends_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, STAIRS, tmp_path) as caller:
        some_stairs(caller, 1)
        engine.kill()
        some_stairs(caller, STEPS)
        assert caller.ear.wait_for(lambda ear: ear.mark() >= STEPS * 4000)
        engine.start()
        caller.hears("chosen_one")
        assert steps_heard(caller.ear.heard())[:STEPS] == list(range(STEPS))
        caller.ends()
    recovered(engine, caller)


def test_a_key_pressed_meanwhile_is_not_lost(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, STAIRS_MENU, tmp_path) as caller:
        caller.connect_media()
        some_stairs(caller, 1)
        engine.kill()
        caller.ear.press("1")
        assert caller.ear.wait_until_said()
        engine.start()
        caller.hears("chosen_one")
        caller.ends()
    assert recovered(engine, caller).count("call.dtmf") == 1


def test_between_the_digits_of_an_entry(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, SLOW_ENTRY, tmp_path) as caller:
        caller.hears("welcome")
        caller.connect_media()
        caller.ear.press("12")
        caller.engine.wait_event("call.dtmf", caller.since, where=lambda event: event["data"]["digit"] == "2")
        engine.kill()
        engine.start()
        caller.ear.press("345")
        assert caller.ends()["tags"] == {"account": "12345"}
    recovered(engine, caller)


def test_in_a_masked_entry_that_goes_on(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, SECRET, tmp_path) as caller:
        caller.in_step("collect")
        caller.connect_media()
        engine.kill()
        engine.start()
        caller.ear.press("7391")
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"pin": "right"}
    assert "call.dtmf" not in recovered(engine, caller)


def test_in_a_masked_entry_that_ends_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, SECRET, tmp_path) as caller:
        caller.hears("enter_account")
        caller.connect_media()
        engine.kill()
        caller.ear.press("7391")
        assert caller.ear.wait_until_said()
        engine.start()
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"pin": "right"}
    assert "call.dtmf" not in recovered(engine, caller)
    assert "7391" not in str(caller.events())


def test_while_the_agents_phone_rings(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.rings()
        caller.event("call.ringing")
        engine.kill()
        engine.start()
        alice.answer()
        caller.connect_media()
        hear_each_other(caller.ear, alice.ear)
        alice.hang_up()
        caller.hears("goodbye_silent")
        assert caller.ends()["tags"] == {"transfer": "done"}
        alice.is_done()
    assert recovered(engine, caller).count("call.ringing") == 1


def test_the_agent_answers_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.rings()
        caller.event("call.ringing")
        engine.kill()
        alice.answer()
        engine.start()
        caller.connect_media()
        hear_each_other(caller.ear, alice.ear)
        hang_up(caller)
        assert caller.ends()["ended_by"] == "caller"
        alice.is_done()
    assert recovered(engine, caller).count("call.bridged") == 1


def test_the_agent_declines_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        registered_phone(engine.switch, "alice", tmp_path, scenario="uas_declines_after.xml", pause=700) as alice,
        told_caller(engine, TO_ALICE, tmp_path) as caller,
    ):
        alice.rings()
        caller.event("call.ringing")
        engine.kill()
        alice.is_done()
        engine.start()
        caller.hears("goodbye_wrong")
        assert caller.ends()["tags"] == {"transfer": "failed"}
    recovered(engine, caller)


def test_nobody_picks_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.rings()
        caller.event("call.ringing")
        engine.kill()
        assert alice.was_cancelled()
        alice.is_done()
        engine.start()
        caller.hears("chosen_two")
        assert caller.ends()["tags"] == {"transfer": "no_answer"}
    recovered(engine, caller)


def test_in_a_talk(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        caller.event("call.bridged")
        engine.kill()
        hear_each_other(caller.ear, alice.ear)
        engine.start()
        hear_each_other(caller.ear, alice.ear)
        alice.hang_up()
        caller.hears("goodbye_silent")
        assert caller.ends()["tags"] == {"transfer": "done"}
    assert recovered(engine, caller).count("call.bridged") == 1


def test_the_agent_hangs_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        caller.event("call.bridged")
        engine.kill()
        alice.hang_up()
        alice.is_done()
        engine.start()
        caller.hears("goodbye_silent")
        assert caller.ends()["tags"] == {"transfer": "done"}
    recovered(engine, caller)


def test_the_caller_hangs_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        caller.event("call.bridged")
        engine.kill()
        hang_up(caller)
        assert caller.sipp.wait().succeeded
        alice.is_done()
        engine.start()
        ended = caller.event("call.ended")["data"]
    assert ended["ended_by"] == "caller"
    assert ended["tags"] == {}
    recovered(engine, caller)


def test_a_caller_of_a_prompt_hangs_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, STAIRS, tmp_path) as caller:
        some_stairs(caller, 1)
        engine.kill()
        hang_up(caller)
        assert caller.sipp.wait().succeeded
        engine.start()
        ended = caller.event("call.ended")["data"]
    assert (ended["ended_by"], ended["tags"]) == ("caller", {"wrapped": "yes"})
    recovered(engine, caller)


def test_while_a_message_is_recorded(engine: EngineProcess, tmp_path: Path) -> None:
    before, after = sweep(400, 1300, 1.2), sweep(2400, 1500, 1.0)
    with told_caller(engine, MESSAGE, tmp_path) as caller:
        caller.event("recording.started")
        caller.connect_media()
        caller.ear.say(silence(0.3) + before)
        assert caller.ear.wait_until_said()
        engine.kill()
        engine.start()
        caller.ear.say(after)
        assert caller.ear.wait_until_said()
        caller.ear.press("#")
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"message": "kept"}
    types = recovered(engine, caller)
    assert types.count("recording.started") == 1
    assert types.count("recording.saved") == 1
    saved = caller.event("recording.saved")["data"]
    kept = read_wav(Path(saved["path"]))
    assert correlate(kept, before) > 0.8
    assert correlate(kept, after) > 0.8


def test_a_message_ends_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    speech = sweep(400, 1300, 1.2)
    with told_caller(engine, MESSAGE, tmp_path) as caller:
        path = str(caller.event("recording.started")["data"]["path"])
        caller.connect_media()
        caller.ear.say(silence(0.3) + speech)
        assert caller.ear.wait_until_said()
        engine.kill()
        with engine.switch.connect() as connection:
            assert until(lambda: path not in connection.api(f"uuid_buglist {caller.call}"), 10.0)
        engine.start()
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"message": "kept"}
    assert recovered(engine, caller).count("recording.saved") == 1
    assert correlate(read_wav(Path(path)), speech) > 0.8


def test_a_caller_of_a_message_hangs_up_meanwhile(engine: EngineProcess, tmp_path: Path) -> None:
    speech = sweep(400, 1300, 1.2)
    with told_caller(engine, MESSAGE, tmp_path) as caller:
        caller.event("recording.started")
        caller.connect_media()
        caller.ear.say(silence(0.3) + speech)
        assert caller.ear.wait_until_said()
        engine.kill()
        hang_up(caller)
        assert caller.sipp.wait().succeeded
        engine.start()
        caller.event("call.ended")
    recovered(engine, caller)
    saved = caller.event("recording.saved")["data"]
    assert saved["duration_ms"] > 1000
    assert correlate(read_wav(Path(saved["path"])), speech) > 0.8


def test_in_a_talk_that_is_recorded(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        phone(tmp_path) as desk,
        told_caller(engine, TO_URI, tmp_path, keys={"to_user": "desk", "to_port": desk.sipp.port}) as caller,
    ):
        desk.answer()
        caller.connect_media()
        caller.event("recording.started")
        engine.kill()
        engine.start()
        hear_each_other(caller.ear, desk.ear)
        desk.hang_up()
        caller.ends()
    assert recovered(engine, caller).count("recording.saved") == 1
    assert caller.event("recording.saved")["data"]["duration_ms"] > 1000


def test_in_a_pause(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, LONG_PAUSE, tmp_path) as caller:
        caller.in_step("pause")
        engine.kill()
        engine.start()
        assert not caller.heard("chosen_one"), "the pause was not waited for"
        caller.hears("chosen_one")
        caller.ends()
    types = recovered(engine, caller)
    assert types.count("flow.step") == 5


def test_in_a_request_to_a_service(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, SLOW_LOOKUP, tmp_path, keys={"caller_name": "slow"}) as caller:
        caller.in_step("http")
        engine.kill()
        engine.start()
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"tier": "gold"}
    recovered(engine, caller)


def test_new_flows_are_for_new_calls(engine: EngineProcess, tmp_path: Path) -> None:
    flow = engine.project / "ivr_flows" / "long_pause.flow.yaml"
    before = flow.read_text()
    try:
        with told_caller(engine, LONG_PAUSE, tmp_path) as caller:
            caller.in_step("pause")
            engine.kill()
            flow.write_text(before.replace("chosen_one", "chosen_two").replace("pause: 5s", "pause: 20ms"))
            engine.start()
            with told_caller(engine, LONG_PAUSE, tmp_path) as other:
                other.hears("chosen_two")
                other.ends()
                assert not other.heard("chosen_one")
            caller.hears("chosen_one")
            caller.ends()
        recovered(engine, caller)
        whole_story(engine, other.call)
    finally:
        flow.write_text(before)


def test_twice_in_one_call(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, STAIRS, tmp_path) as caller:
        some_stairs(caller, 1)
        for _ in range(2):
            engine.kill()
            engine.start()
        caller.hears("chosen_one", 15.0)
        assert steps_heard(caller.ear.heard())[:STEPS] == list(range(STEPS))
        caller.ends()
    types = [event["type"] for event in whole_story(engine, caller.call)]
    assert types.count("call.recovered") == 2
