"""A caller is connected to a person: every way it can go, heard at both ends."""

from __future__ import annotations

import re
import wave
from array import array
from pathlib import Path

from tests.acceptance.audio import correlate, loudness, silence, sweep
from tests.acceptance.caller import Caller, calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import no_channel_left, whole_story
from tests.acceptance.phone import hang_up, hear_each_other, hears, phone, register, registered_phone, told_caller
from tests.acceptance.sipp import free_udp_port
from tests.acceptance.switch_under_test import SwitchUnderTest

TO_ALICE = "+442079460005"
TO_URI = "+442079460006"
TO_CARRIER = "+442079460007"
TO_BOTH = "+442079460020"
TO_ONE_BY_ONE = "+442079460021"
WHISPERED = "+442079460022"
LIMITED = "+442079460023"
BLIND = "+442079460024"

UNPLUGGED_AFTER = 8.0
"""Seconds without sound after which the switch believes a phone gone (freeswitch-conf, media_timeout of the test)."""


def transferred(engine: EngineProcess, caller: Caller) -> dict[str, object]:
    """What call.transferred said."""
    return dict(engine.wait_event("call.transferred", caller.since)["data"])


def test_both_hear_each_other_and_the_caller_hangs_up(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        engine.wait_event("call.bridged", caller.since)
        hear_each_other(caller.ear, alice.ear)
        hang_up(caller)
        ended = caller.ends()
        alice.is_done()
    assert (ended["ended_by"], ended["cause"]) == ("caller", "NORMAL_CLEARING")
    assert ended["tags"] == {}, "the flow went on after the caller had gone"
    types = [event["type"] for event in whole_story(engine, caller.call)]
    assert types.count("call.answered") == 2
    assert types.index("call.ringing") < types.index("call.bridged") < types.index("call.ended")
    no_channel_left(engine.switch)


def test_the_caller_goes_on_when_the_agent_hangs_up(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        engine.wait_event("call.bridged", caller.since)
        hear_each_other(caller.ear, alice.ear)
        position = caller.ear.mark()
        alice.hang_up()
        alice.is_done()
        caller.hears("goodbye_silent", since=position)
        ended = caller.ends()
    assert (ended["ended_by"], ended["tags"]) == ("engine", {"transfer": "done"})
    done = transferred(engine, caller)
    assert (done["to"], done["result"]) == ("user/alice", "answered")
    assert isinstance(done["talk_ms"], int)
    assert done["talk_ms"] > 500
    whole_story(engine, caller.call)
    no_channel_left(engine.switch)


def test_a_phone_that_answers_at_once(engine: EngineProcess, tmp_path: Path) -> None:
    """Its answer meets the caller's own answer and ring tone on their way."""
    for _ in range(3):
        with (
            registered_phone(engine.switch, "alice", tmp_path, scenario="uas_answers.xml") as alice,
            told_caller(engine, TO_ALICE, tmp_path) as caller,
        ):
            engine.wait_event("call.bridged", caller.since)
            caller.connect_media()
            alice.ear.talk_to(alice.sipp.remote_media())
            hear_each_other(caller.ear, alice.ear)
            hang_up(caller)
            assert caller.ends()["tags"] == {}
            alice.is_done()
        whole_story(engine, caller.call)


def test_a_busy_phone(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        registered_phone(engine.switch, "alice", tmp_path, scenario="uas_busy.xml") as alice,
        told_caller(engine, TO_ALICE, tmp_path) as caller,
    ):
        alice.is_done()
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"transfer": "busy"}
    assert transferred(engine, caller)["cause"] == "USER_BUSY"
    whole_story(engine, caller.call)


def test_a_phone_that_declines(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        registered_phone(engine.switch, "alice", tmp_path, scenario="uas_declines.xml") as alice,
        told_caller(engine, TO_ALICE, tmp_path) as caller,
    ):
        alice.is_done()
        caller.hears("goodbye_wrong")
        assert caller.ends()["tags"] == {"transfer": "failed"}
    assert transferred(engine, caller)["result"] == "rejected"
    whole_story(engine, caller.call)


def test_a_phone_nobody_picks_up_rings_for_the_ring_time(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.rings()
        caller.connect_media()
        heard_from = caller.ear.mark()
        assert alice.was_cancelled()
        caller.hears("chosen_two")
        assert caller.ends()["tags"] == {"transfer": "no_answer"}
        alice.is_done()
        assert loudness(caller.ear.heard(heard_from)[:12000]) > 200, "no ring tone was heard"
    events = {event["type"]: event for event in whole_story(engine, caller.call)}
    rang_for = events["call.transferred"]["at"] - events["call.ringing"]["at"]
    assert 3.0 < rang_for < 6.5
    no_channel_left(engine.switch)


def test_nothing_listens_where_the_phone_registered(engine: EngineProcess, tmp_path: Path) -> None:
    register(engine.switch, "alice", free_udp_port(), tmp_path)
    with told_caller(engine, TO_ALICE, tmp_path) as caller:
        ended = caller.ends(40.0)
    assert ended["tags"]["transfer"] in ("no_answer", "failed")
    whole_story(engine, caller.call)
    no_channel_left(engine.switch)


def test_a_phone_that_is_not_registered(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, TO_BOTH, tmp_path) as caller, registered_phone(engine.switch, "alice", tmp_path) as alice:
        del alice
        ended = caller.ends(40.0)
    assert ended["tags"] == {"transfer": "nobody"}
    whole_story(engine, caller.call)


def test_a_phone_that_loses_its_power_while_talking(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        hear_each_other(caller.ear, alice.ear)
        position = caller.ear.mark()
        alice.disappear()
        caller.hears("goodbye_silent", UNPLUGGED_AFTER + 12.0, since=position)
        assert caller.ends()["tags"] == {"transfer": "done"}
    whole_story(engine, caller.call)


def test_the_agent_is_shown_who_calls(engine: EngineProcess, tmp_path: Path) -> None:
    keys = {"caller": "+447700900123", "caller_name": "Maria Lopez"}
    with (
        registered_phone(engine.switch, "alice", tmp_path) as alice,
        told_caller(engine, TO_ALICE, tmp_path, keys=keys) as caller,
    ):
        alice.rings()
        assert '"Maria Lopez"' in alice.shown()
        assert "sip:+447700900123@" in alice.shown()
        hang_up(caller)
        caller.ends()
        assert alice.was_cancelled()
        alice.is_done()


def test_a_sip_address_and_a_recording_of_both_voices(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        phone(tmp_path) as desk,
        told_caller(engine, TO_URI, tmp_path, keys={"to_user": "desk", "to_port": desk.sipp.port}) as caller,
    ):
        desk.answer()
        caller.connect_media()
        engine.wait_event("recording.started", caller.since)
        question, reply = sweep(400, 1300, 0.8), sweep(2400, 1500, 0.8)
        caller.ear.say(silence(0.3) + question)
        assert caller.ear.wait_until_said()
        desk.ear.say(silence(0.3) + reply)
        assert desk.ear.wait_until_said()
        assert hears(caller.ear, reply)
        desk.hang_up()
        desk.is_done()
        caller.ends()
    saved = engine.wait_event("recording.saved", caller.since)["data"]
    left, right = both_channels(Path(saved["path"]))
    assert correlate(left, question) > 0.8
    assert correlate(right, reply) > 0.8
    assert correlate(left, reply) < 0.3
    assert correlate(right, question) < 0.3
    assert saved["duration_ms"] > 1500
    whole_story(engine, caller.call)


def both_channels(path: Path) -> tuple[array[int], array[int]]:
    """The two sides of a stereo recording at 8 kHz."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 2, 2)
        samples = array("h", file.readframes(file.getnframes()))
    return samples[0::2], samples[1::2]


def test_a_number_through_the_carrier(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        phone(tmp_path, port=engine.switch.carrier_port) as far,
        told_caller(engine, TO_CARRIER, tmp_path) as caller,
    ):
        far.answer()
        caller.connect_media()
        assert "INVITE sip:+442079461234@" in far.sipp.messages()
        assert "+442079460000" in far.shown()
        hear_each_other(caller.ear, far.ear)
        far.hang_up()
        caller.ends()
    whole_story(engine, caller.call)


def test_all_phones_ring_and_the_first_to_answer_has_the_call(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        registered_phone(engine.switch, "alice", tmp_path) as alice,
        registered_phone(engine.switch, "bob", tmp_path) as bob,
        told_caller(engine, TO_BOTH, tmp_path) as caller,
    ):
        alice.rings()
        bob.answer()
        caller.connect_media()
        assert alice.was_cancelled()
        hear_each_other(caller.ear, bob.ear)
        bob.hang_up()
        caller.hears("goodbye_silent")
        caller.ends()
        alice.is_done()
    assert transferred(engine, caller)["to"] == "user/bob"
    whole_story(engine, caller.call)
    no_channel_left(engine.switch)


def test_phones_ring_one_after_the_other(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        registered_phone(engine.switch, "alice", tmp_path) as alice,
        registered_phone(engine.switch, "bob", tmp_path) as bob,
        told_caller(engine, TO_ONE_BY_ONE, tmp_path) as caller,
    ):
        alice.rings()
        assert not bob.was_rung
        assert alice.was_cancelled()
        bob.answer()
        caller.connect_media()
        hear_each_other(caller.ear, bob.ear)
        hang_up(caller)
        caller.ends()
        bob.is_done()
    whole_story(engine, caller.call)


def test_a_whisper_and_a_key_to_take_the_call(engine: EngineProcess, tmp_path: Path) -> None:
    with (
        registered_phone(engine.switch, "alice", tmp_path) as alice,
        told_caller(engine, WHISPERED, tmp_path) as caller,
    ):
        alice.answer()
        caller.connect_media()
        Caller(alice.sipp, alice.ear, engine, caller.since, "").hears("welcome")
        assert not any(event["type"] == "call.bridged" for event in engine.of(caller.call))
        assert not caller.heard("welcome")
        alice.ear.press("1")
        engine.wait_event("call.bridged", caller.since)
        hear_each_other(caller.ear, alice.ear)
        alice.hang_up()
        caller.hears("goodbye_silent")
        caller.ends()
    whole_story(engine, caller.call)


def test_a_talk_longer_than_allowed_is_ended(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, LIMITED, tmp_path) as caller:
        alice.answer()
        caller.hears("goodbye_silent")
        assert caller.ends()["tags"] == {"transfer": "done"}
        alice.is_done()
    assert transferred(engine, caller)["cause"] == "ALLOTTED_TIMEOUT"
    whole_story(engine, caller.call)
    no_channel_left(engine.switch)


def test_the_callers_side_takes_the_transfer_over(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(
        engine, BLIND, tmp_path, scenario="uac_takes_refer.xml", keys={"to_user": "-", "to_port": 9},
        blanks={"reply": "200 OK"},
    ) as caller:  # fmt: skip
        caller.ends()
        assert re.search(r"^Refer-To: <?sip:elsewhere@127.0.0.1:9", caller.sipp.messages(), re.MULTILINE)
    assert transferred(engine, caller)["result"] == "blind"
    whole_story(engine, caller.call)


def test_the_callers_side_refuses_the_transfer(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(
        engine, BLIND, tmp_path, scenario="uac_takes_refer.xml", keys={"to_user": "-", "to_port": 9},
        blanks={"reply": "486 Busy Here"},
    ) as caller:  # fmt: skip
        caller.ends()
    told = transferred(engine, caller)
    assert (told["result"], told["cause"]) == ("busy", "SIP/2.0 486 Busy Here")
    whole_story(engine, caller.call)


def test_calls_one_after_the_other_use_the_same_phone(
    switch: SwitchUnderTest, engine: EngineProcess, tmp_path: Path
) -> None:
    port = free_udp_port()
    register(switch, "alice", port, tmp_path)
    for _ in range(2):
        with phone(tmp_path, port=port) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
            alice.answer()
            caller.connect_media()
            hear_each_other(caller.ear, alice.ear)
            alice.hang_up()
            caller.ends()
            alice.is_done()
