"""The SIPp scenarios and the ear do what the other acceptance tests trust them to do, driven without an engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.audio import correlate, likeness, read_wav, silence, sweep, write_wav
from tests.acceptance.event_socket import EventSocket
from tests.acceptance.rtp_ear import PCMA, RtpEar
from tests.acceptance.sipp import start_sipp
from tests.acceptance.switch_under_test import SwitchUnderTest

pytestmark = pytest.mark.sip

BREATH = silence(0.2)
"""What a person leaves before speaking: FreeSWITCH may lose the first 20 ms after RECORD_START."""


@pytest.fixture
def connection(switch: SwitchUnderTest) -> Iterator[EventSocket]:
    with switch.connect() as connection:
        names = "PARK ANSWER EXECUTE_COMPLETE HANGUP_COMPLETE BRIDGE HOLD UNHOLD"
        connection.subscribe(*(f"CHANNEL_{name}" for name in names.split()), "DTMF", "RECORD_START")
        yield connection


@pytest.fixture
def ear() -> Iterator[RtpEar]:
    with RtpEar() as ear:
        yield ear


def take_call(connection: EventSocket, *, answer: bool = True) -> str:
    """The uuid of the next parked call, its safety net removed."""
    call = str(connection.wait_event("CHANNEL_PARK")["Unique-ID"])
    connection.api(f"sched_del {call}")
    if answer:
        connection.execute(call, "answer")
        connection.wait_event("CHANNEL_ANSWER")
    return call


def test_a_caller_hangs_up_first(switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path) -> None:
    caller = start_sipp("uac_hangs_up_after.xml", tmp_path / "caller", remote=switch.trunk, pause=300)
    call = take_call(connection)
    over = connection.wait_event("CHANNEL_HANGUP_COMPLETE", lambda event: event["Unique-ID"] == call)
    assert over["Hangup-Cause"] == "NORMAL_CLEARING"
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_a_caller_cancels_before_the_answer(switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path) -> None:
    caller = start_sipp("uac_cancel.xml", tmp_path / "caller", remote=switch.trunk, pause=300)
    call = take_call(connection, answer=False)
    over = connection.wait_event("CHANNEL_HANGUP_COMPLETE", lambda event: event["Unique-ID"] == call)
    assert over["Hangup-Cause"] == "ORIGINATOR_CANCEL"
    ended = caller.wait()
    assert ended.succeeded, ended.log


@pytest.mark.parametrize(("cause", "code"), [("USER_BUSY", 486), ("CALL_REJECTED", 603), ("UNALLOCATED_NUMBER", 404)])
def test_a_caller_is_refused(
    switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path, cause: str, code: int
) -> None:
    caller = start_sipp("uac_expects_reject.xml", tmp_path / "caller", remote=switch.trunk, blanks={"code": code})
    call = take_call(connection, answer=False)
    connection.execute(call, "hangup", cause)
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_a_wrong_expectation_fails(switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path) -> None:
    caller = start_sipp("uac_expects_reject.xml", tmp_path / "caller", remote=switch.trunk, blanks={"code": 486})
    call = take_call(connection, answer=False)
    connection.execute(call, "hangup", "CALL_REJECTED")
    ended = caller.wait()
    assert not ended.succeeded
    assert ended.stats["FailedCall"] == 1
    assert "received 'SIP/2.0 603" in ended.log


def test_a_caller_holds_and_returns(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    keys = {"ear_port": ear.port}
    caller = start_sipp("uac_hold.xml", tmp_path / "caller", remote=switch.trunk, pause=200, keys=keys)
    call = take_call(connection)
    assert caller.wait_for_message(r"CSeq: 2 INVITE[\s\S]*?a=recvonly")
    assert caller.wait_for_message(r"CSeq: 3 ACK")
    connection.api(f"uuid_kill {call}")
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_digits_pressed_are_digits_received_and_back(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, keys={"ear_port": ear.port})
    call = take_call(connection)
    ear.talk_to(caller.remote_media())  # nothing is played: only the answer's SDP tells where to talk to
    ear.press("1590*#")
    digits = [connection.wait_event("DTMF")["DTMF-Digit"] for _ in range(6)]
    assert "".join(digits) == "1590*#"
    connection.api(f"uuid_send_dtmf {call} 42")
    assert ear.wait_for(lambda ear: ear.digits == "42")
    connection.api(f"uuid_kill {call}")
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_a_recording_is_what_the_ear_said(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    speech = sweep(300, 2500, 1.2)
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, keys={"ear_port": ear.port})
    call = take_call(connection)
    ear.talk_to(caller.remote_media())
    file = switch.recordings_dir / "message.wav"
    connection.execute(call, "record", f"{file} 10 200 0", ask="recording")
    connection.wait_event("RECORD_START")
    ear.say(BREATH + speech)
    assert ear.wait_until_said()
    ear.press("#")
    connection.wait_event("CHANNEL_EXECUTE_COMPLETE", lambda event: event.get("Application-UUID") == "recording")
    connection.api(f"uuid_kill {call}")
    assert likeness(read_wav(file), speech) > 0.9
    ended = caller.wait()
    assert ended.succeeded, ended.log


@pytest.mark.parametrize(
    ("scenario", "answer"),
    [
        ("uas_busy.xml", "-ERR USER_BUSY"),
        ("uas_declines.xml", "-ERR CALL_REJECTED"),
        ("uas_unavailable.xml", "-ERR NO_USER_RESPONSE"),
        ("uas_rings_forever.xml", "-ERR NO_ANSWER"),
    ],
)
def test_a_phone_that_does_not_answer(
    switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path, scenario: str, answer: str
) -> None:
    phone = start_sipp(scenario, tmp_path / "phone", local_port=switch.carrier_port)
    assert connection.api("originate {originate_timeout=1}sofia/gateway/carrier/100 &park()").strip() == answer
    ended = phone.wait()
    assert ended.succeeded, ended.log


def test_two_people_talk_and_the_phone_hangs_up_first(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    """The caller comes back to the engine: a second CHANNEL_PARK, which park_after_bridge is for."""
    with RtpEar() as phone_ear:
        phone = start_sipp(
            "uas_answers_then_bye.xml",
            tmp_path / "phone",
            local_port=switch.carrier_port,
            pause=3500,
            keys={"ear_port": phone_ear.port},
        )
        caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, keys={"ear_port": ear.port})
        call = take_call(connection)
        answer = connection.api("originate {originate_timeout=5}sofia/gateway/carrier/100 &park()")
        leg = answer.removeprefix("+OK ").strip()
        connection.wait_event("CHANNEL_PARK", lambda event: event["Unique-ID"] == leg)
        connection.api(f"uuid_bridge {call} {leg}")
        connection.wait_event("CHANNEL_BRIDGE")
        question, answer_heard = sweep(300, 1500, 0.8), sweep(2000, 700, 0.8)
        ear.talk_to(caller.remote_media())
        phone_ear.talk_to(phone.remote_media())
        ear.say(question)
        phone_ear.say(answer_heard)
        connection.wait_event("CHANNEL_PARK", lambda event: event["Unique-ID"] == call)
        assert correlate(phone_ear.heard(), question) > 0.9
        assert correlate(ear.heard(), answer_heard) > 0.9
        connection.api(f"uuid_kill {call}")
        for ended in (phone.wait(), caller.wait()):
            assert ended.succeeded, ended.log


def test_a_law_is_heard_and_spoken_as_well(switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path) -> None:
    prompt = sweep(400, 1600, 0.8)
    write_wav(switch.sounds_dir / "alaw.wav", prompt)
    file = switch.recordings_dir / "alaw.wav"
    with RtpEar(payload_type=PCMA) as ear:
        keys = {"ear_port": ear.port, "payload": PCMA, "encoding": "PCMA"}
        caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, keys=keys)
        call = take_call(connection)
        connection.execute(call, "playback", str(switch.sounds_dir / "alaw.wav"), ask="prompt")
        connection.wait_event("CHANNEL_EXECUTE_COMPLETE", lambda event: event.get("Application-UUID") == "prompt")
        assert correlate(ear.heard(), prompt) > 0.98
        connection.execute(call, "record", f"{file} 10 200 0", ask="recording")
        connection.wait_event("RECORD_START")
        ear.say(BREATH + prompt)
        assert ear.wait_until_said()
        ear.press("#")
        connection.wait_event("CHANNEL_EXECUTE_COMPLETE", lambda event: event.get("Application-UUID") == "recording")
        connection.api(f"uuid_kill {call}")
        assert likeness(read_wav(file), prompt) > 0.9
        ended = caller.wait()
        assert ended.succeeded, ended.log


@pytest.mark.parametrize(
    "name",
    [
        '"${system touch WITNESS}"',
        '"reload mod_event_socket"',
        '"a%0Ab%0D%0Ac"',
        '"\udcff\udcfe not UTF-8"',
        '"' + "x" * 500 + '"',
        '"{a=b}[c=d]<e>,|:_:^^"',
        '"\x01\x02\x7f"',
    ],
    ids=["expansion", "reload", "newlines", "not-utf-8", "long", "dial-string", "unprintable"],
)
def test_a_hostile_name_is_a_name(switch: SwitchUnderTest, tmp_path: Path, name: str) -> None:
    witness = tmp_path / "witness"
    name = name.replace("WITNESS", str(witness))
    with switch.connect() as connection:
        connection.subscribe("CHANNEL_PARK", "CHANNEL_ANSWER")
        caller = start_sipp(
            "uac_hostile_name.xml", tmp_path / "caller", remote=switch.trunk, keys={"caller_name": name}
        )
        call = take_call(connection)
        dump = connection.api(f"uuid_dump {call} json")
        assert json.loads(dump.encode("utf-8", "replace"))["Unique-ID"] == call
        connection.execute(call, "playback", "silence_stream://20", ask="alive")
        assert not witness.exists()
        connection.api(f"uuid_kill {call}")
        ended = caller.wait()
        assert ended.succeeded, ended.log


def test_fifty_callers_at_once(switch: SwitchUnderTest, tmp_path: Path) -> None:
    with switch.connect() as connection:
        connection.subscribe("CHANNEL_PARK")
        callers = start_sipp("uac_call.xml", tmp_path / "callers", remote=switch.trunk, calls=50, rate=100)
        calls = [take_call(connection, answer=False) for _ in range(50)]
        for call in calls:
            connection.execute(call, "answer")
        assert callers.wait_for_message(r"CSeq: 1 ACK", count=50)
        for call in calls:
            connection.api(f"uuid_kill {call}")
        ended = callers.wait()
        assert ended.succeeded, ended.log
        assert ended.stats["SuccessfulCall"] == 50
        assert len(set(re.findall(r"Call-ID: (\S+)", callers.messages()))) == 50
