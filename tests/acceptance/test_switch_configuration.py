"""The configuration in freeswitch-conf/ keeps its promises; the simulated switch is held to those it shares."""

from __future__ import annotations

import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.audio import correlate, loudness, sweep, write_wav
from tests.acceptance.event_socket import EventSocket
from tests.acceptance.rtp_ear import RtpEar
from tests.acceptance.sipp import run_sipp, start_sipp
from tests.acceptance.switch_under_test import SwitchUnderTest, listens

pytestmark = pytest.mark.sip
CALL_EVENTS = (
    "CHANNEL_PARK",
    "CHANNEL_ANSWER",
    "CHANNEL_EXECUTE",
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_HANGUP",
    "DTMF",
)


@pytest.fixture
def connection(switch: SwitchUnderTest) -> Iterator[EventSocket]:
    with switch.connect() as connection:
        connection.subscribe(*CALL_EVENTS)
        yield connection


@pytest.fixture
def freeswitch(switch: SwitchUnderTest) -> SwitchUnderTest:
    """The switch under test, in tests of what only the real one has: modules, access lists, its log."""
    if switch.kind != "freeswitch":
        pytest.skip("about FreeSWITCH's own configuration: run with --switch=freeswitch")
    return switch


@pytest.fixture
def ear() -> Iterator[RtpEar]:
    with RtpEar() as ear:
        yield ear


def test_a_call_parks_unanswered_and_is_never_treated_once_its_net_is_removed(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, service="5550100")
    parked = connection.wait_event("CHANNEL_PARK")
    call = parked["Unique-ID"]
    assert parked["Caller-Context"] == "inbound"
    assert parked["Caller-Destination-Number"] == "5550100"
    assert parked["Answer-State"] == "ringing"
    assert parked["variable_park_after_bridge"] == "true"
    assert connection.api(f"sched_del {call}") == "+OK Deleted: 1\n"
    assert connection.api(f"sched_del {call}") == "+OK Deleted: 0\n"
    with pytest.raises(TimeoutError):
        connection.wait_event("CHANNEL_ANSWER", timeout=switch.treatment_after + 2)
    connection.execute(call, "answer")
    connection.wait_event("CHANNEL_ANSWER")
    connection.api(f"uuid_kill {call}")
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_a_prompt_is_heard_and_any_key_ends_it(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    prompt = sweep(400, 1800, 1.5)
    write_wav(switch.sounds_dir / "prompt.wav", prompt)
    keys = {"ear_port": ear.port}
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, keys=keys)
    call = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    connection.api(f"sched_del {call}")
    connection.execute(call, "answer")
    ask = str(uuid.uuid4())
    # two files joined by the delimiter, with no gap between them
    file = switch.sounds_dir / "prompt.wav"
    connection.execute(call, "playback", f"{file}!{file}!tone_stream://%(60000,0,400)", ask=ask)
    assert ear.wait_for(lambda ear: ear.mark() > 2.2 * len(prompt))
    assert correlate(ear.heard(), prompt + prompt) > 0.98
    assert correlate(ear.heard(), sweep(1800, 400, 1.5)) < 0.5
    ear.press("7")
    done = connection.wait_event("CHANNEL_EXECUTE_COMPLETE", lambda event: event["Application-UUID"] == ask)
    assert done["variable_playback_terminator_used"] == "7"
    connection.api(f"uuid_kill {call}")
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_a_call_nobody_takes_hears_an_announcement_and_can_be_taken_in_the_pause_after_it(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    announcement = sweep(500, 1500, 1.0)
    write_wav(switch.sounds_dir / "treatment.wav", announcement)
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, keys={"ear_port": ear.port})
    call = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    connection.wait_event("CHANNEL_ANSWER", timeout=switch.treatment_after + 5)
    connection.wait_event("CHANNEL_PARK", lambda event: event["Unique-ID"] == call)
    assert connection.api(f"sched_del {call}") == "+OK Deleted: 1\n"
    assert correlate(ear.heard(), announcement) > 0.98
    (switch.sounds_dir / "treatment.wav").unlink()
    since = ear.mark()
    with pytest.raises(TimeoutError):
        connection.wait_event("CHANNEL_PARK", timeout=4)
    assert loudness(ear.heard(since)) < 10
    connection.api(f"uuid_kill {call}")
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_a_call_nobody_ever_takes_is_treated_five_times_then_ends(
    freeswitch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    """There is no treatment.wav here: two tones are heard instead."""
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=freeswitch.trunk, keys={"ear_port": ear.port})
    call = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    for _ in range(5):
        since = ear.mark()
        connection.wait_event("CHANNEL_PARK", lambda event: event["Unique-ID"] == call, timeout=15)
        assert loudness(ear.heard(since)) > 500
    over = connection.wait_event("CHANNEL_HANGUP", lambda event: event["Unique-ID"] == call)
    assert over["Hangup-Cause"] == "NORMAL_TEMPORARY_FAILURE"
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_an_agent_registers_with_the_right_password_only_and_is_dialled_by_name(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    dial = f"originate {{originate_timeout=5,ignore_early_media=true}}{switch.dial_agent('carol')} &park()"
    assert "USER_NOT_REGISTERED" in connection.api(dial)
    phone = start_sipp("uas_answers.xml", tmp_path / "phone", service="carol", keys={"ear_port": ear.port})
    keys = {"domain": switch.domain, "contact_port": phone.port}
    refused = run_sipp(
        "register_refused.xml",
        tmp_path / "refused",
        remote=switch.agent_port,
        service="carol",
        user="carol",
        password="not-the-password",
        keys=keys,
        blanks={"code": 403},
    )
    assert refused.succeeded, refused.log
    assert "USER_NOT_REGISTERED" in connection.api(dial)
    registered = run_sipp(
        "register.xml",
        tmp_path / "register",
        remote=switch.agent_port,
        service="carol",
        user="carol",
        password=switch.agents["carol"],
        keys=keys,
    )
    assert registered.succeeded, registered.log
    assert connection.api(dial).startswith("+OK ")
    leg = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    connection.api(f"uuid_kill {leg}")
    ended = phone.wait()
    assert ended.succeeded, ended.log


def test_an_agent_calls_with_a_password_and_parks_in_the_context_of_agents(
    switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path
) -> None:
    phone = start_sipp(
        "uac_agent_call.xml",
        tmp_path / "phone",
        remote=switch.agent_port,
        service="200",
        user="bob",
        password=switch.agents["bob"],
        keys={"caller": "bob", "domain": switch.domain},
    )
    parked = connection.wait_event("CHANNEL_PARK")
    assert parked["Caller-Context"] == "agents"
    assert parked["Caller-Destination-Number"] == "200"
    connection.api(f"sched_del {parked['Unique-ID']}")
    connection.execute(parked["Unique-ID"], "answer")
    connection.wait_event("CHANNEL_ANSWER")
    connection.api(f"uuid_kill {parked['Unique-ID']}")
    ended = phone.wait()
    assert ended.succeeded, ended.log


def test_a_number_is_dialled_through_the_gateway(
    switch: SwitchUnderTest, connection: EventSocket, tmp_path: Path
) -> None:
    carrier = start_sipp("uas_answers.xml", tmp_path / "carrier", local_port=switch.carrier_port)
    options = "{originate_timeout=5,ignore_early_media=true,origination_caller_id_number=15550009}"
    assert connection.api(f"originate {options}sofia/gateway/carrier/5550123 &park()").startswith("+OK ")
    leg = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    connection.api(f"uuid_kill {leg}")
    ended = carrier.wait()
    assert ended.succeeded, ended.log
    assert re.search(r"INVITE sip:5550123@", carrier.messages())
    assert re.search(r"From: .*<sip:15550009@", carrier.messages()), "the carrier sees the caller's number"


def test_a_phone_that_redirects_does_not_choose_whom_we_call(
    freeswitch: SwitchUnderTest, connection: EventSocket, tmp_path: Path
) -> None:
    phone = start_sipp(
        "uas_redirects.xml",
        tmp_path / "phone",
        local_port=freeswitch.carrier_port,
        calls=2,
        keys={"elsewhere": "900900"},
    )
    answer = connection.api("originate {originate_timeout=3}sofia/gateway/carrier/100 &park()")
    assert answer.startswith("-ERR ")
    assert "900900@" not in re.sub(r"Contact: .*", "", phone.messages())
    phone.kill()


def test_a_refer_is_refused(freeswitch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path) -> None:
    caller = start_sipp(
        "uac_refers.xml",
        tmp_path / "caller",
        remote=freeswitch.trunk,
        keys={"ear_port": ear.port},
        blanks={"code": 405},
    )
    call = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    connection.api(f"sched_del {call}")
    connection.execute(call, "answer")
    assert caller.wait_for_message(r"SIP/2.0 405")
    assert connection.api(f"uuid_exists {call}") == "true", "the call itself goes on"
    connection.api(f"uuid_kill {call}")
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_a_caller_whose_network_died_does_not_hold_the_call_for_ever(
    freeswitch: SwitchUnderTest, connection: EventSocket, tmp_path: Path
) -> None:
    """Nobody is behind this caller's media address, so no RTP ever comes."""
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=freeswitch.trunk)
    call = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    connection.api(f"sched_del {call}")
    connection.execute(call, "answer")
    over = connection.wait_event("CHANNEL_HANGUP", lambda event: event["Unique-ID"] == call, timeout=20)
    assert over["Hangup-Cause"] == "MEDIA_TIMEOUT"
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_the_event_socket_refuses_a_wrong_password_and_the_well_known_one(switch: SwitchUnderTest) -> None:
    for password in ("wrong", "ClueCon"):
        with pytest.raises(ConnectionError):
            EventSocket(switch.host, switch.esl_port, password)


def test_the_event_socket_listens_on_loopback_only(freeswitch: SwitchUnderTest) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect(("192.0.2.1", 9))  # sends nothing: it asks the kernel which address it would send from
        address = route.getsockname()[0]
    assert address != freeswitch.host
    assert not listens(address, freeswitch.esl_port)


@pytest.mark.parametrize("command", ["system", "bg_system", "spawn", "bg_spawn", "spawn_stream"])
def test_no_command_runs_a_program(
    freeswitch: SwitchUnderTest, connection: EventSocket, command: str, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    assert connection.api(f"{command} touch {witness}") == f"-ERR {command} Command not found!\n"
    assert not witness.exists()


def test_an_api_call_in_an_argument_stays_text(
    switch: SwitchUnderTest, connection: EventSocket, ear: RtpEar, tmp_path: Path
) -> None:
    caller = start_sipp("uac_call.xml", tmp_path / "caller", remote=switch.trunk, keys={"ear_port": ear.port})
    call = connection.wait_event("CHANNEL_PARK")["Unique-ID"]
    connection.api(f"sched_del {call}")
    connection.execute(call, "answer")
    hostile = f"/tmp/${{expand ${{uuid}}}}-${{system touch {tmp_path}/witness}}.wav"
    ask = str(uuid.uuid4())
    connection.execute(call, "playback", hostile, ask=ask)
    done = connection.wait_event("CHANNEL_EXECUTE_COMPLETE", lambda event: event["Application-UUID"] == ask)
    assert done["Application-Data"] == hostile
    assert done["Application-Response"] == "FILE NOT FOUND"
    assert not (tmp_path / "witness").exists()
    connection.api(f"uuid_kill {call}")
    ended = caller.wait()
    assert ended.succeeded, ended.log


def test_only_the_needed_modules_are_loaded(freeswitch: SwitchUnderTest, connection: EventSocket) -> None:
    listed = (Path(__file__).parents[2] / "freeswitch-conf/autoload_configs/modules.conf.xml").read_text()
    wanted = set(re.findall(r'<load module="(\w+)"', listed))
    loaded = set(re.findall(r",(mod_\w+),", connection.api("show modules")))
    assert loaded == wanted
    for module in ("mod_lua", "mod_xml_rpc", "mod_verto", "mod_httapi", "mod_python3"):
        assert connection.api(f"module_exists {module}") == "false"


def test_only_listed_networks_may_call_and_nobody_registers_at_the_trunk(
    freeswitch: SwitchUnderTest, connection: EventSocket, tmp_path: Path
) -> None:
    assert connection.api("acl 127.0.0.1 trunk") == "true"
    assert connection.api("acl 192.0.2.7 trunk") == "false"
    assert connection.api("acl 192.0.2.7 event_socket") == "false"
    refused = run_sipp(
        "register_first_answer.xml",
        tmp_path / "phone",
        remote=freeswitch.trunk,
        service="alice",
        keys={"domain": freeswitch.domain},
        blanks={"code": 405},
    )
    assert refused.succeeded, refused.log


def test_freeswitch_starts_without_an_error_in_its_log(freeswitch: SwitchUnderTest) -> None:
    log = freeswitch.log_file.read_text(errors="replace")
    started = log[: log.index("FreeSWITCH Started")]
    assert not re.findall(r".*\[(?:ERR|CRIT|ALERT)\].*", started)
