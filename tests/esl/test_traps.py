"""The sixteen traps of FreeSWITCH's event socket, and how this engine is safe from each.

Where a trap needs a connection, there is one: real sockets against a scripted event socket.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import gevent
import pytest
from greenswitch.esl import NotConnectedError

from engine.call.journal import decode, encode
from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    Dial,
    Effect,
    GatewayNumber,
    HangUp,
    Play,
    RegisteredUser,
    SipUri,
    StartRecording,
    StopPlay,
    StopRecording,
)
from engine.core.errors import CommandTimeoutError, NotSentError, RefusedError, UnconfirmedError, UnsafeTextError
from engine.core.ids import AskId, LegId
from engine.core.prompts import SoundFile
from engine.core.signals import Answered, LegArrived, LegEnded, LegFailed, LegRang, Recorded, Signal
from engine.esl import translate
from engine.esl.command import Api, BackgroundApi, Command, Execute, Subscribe
from engine.esl.event import Event
from engine.esl.perform import commands
from engine.esl.snapshot import parse_channels
from engine.esl.translate import ANSWERING, FILTERS, SUBSCRIPTION, arrived
from engine.shell.connection import Connection
from engine.shell.switch import Switch, SwitchAddress
from tests.call.stage import A, B
from tests.call.stories import PLACES, reach
from tests.esl import recorded
from tests.esl.frames import GOODBYE, event_frame, event_of, frame, response
from tests.esl.test_perform import PATH, PLACE, WRITTEN
from tests.shell.scripted_switch import PASSWORD, ScriptedSwitch
from tests.shell.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
EVERY_COMMAND: list[Command] = [command for effect, _ in WRITTEN for command in commands(effect, PLACE)]
"""The commands of one effect of every kind."""
HOSTILE = [
    "${system(id)}",
    "a\n\napi system id",
    "a%0Ab",
    "x\r\ny",
    "reload mod_event_socket",
    "a\x00b",
    "'};{",
    "O'Brien",
]


def signal(headers: dict[str, Any]) -> tuple[str, Signal] | None:
    """The signal of an event as it comes off the wire."""
    return translate.signal(event_of(headers), 1.0)


@pytest.fixture
def server() -> Iterator[ScriptedSwitch]:
    server = ScriptedSwitch()
    server.start()
    yield server
    server.stop()


class Client:
    """A logged-in connection and what it heard."""

    def __init__(self, server: ScriptedSwitch) -> None:
        self.events: list[Event] = []
        self.down: list[str] = []
        self.connection = Connection(
            "127.0.0.1", server.port, PASSWORD, on_events=self.events.extend, on_down=self.down.append
        )


@pytest.fixture
def client(server: ScriptedSwitch) -> Iterator[Client]:
    client = Client(server)
    client.connection.connect()
    yield client
    client.connection.abort("the test is over")


def test_trap_01_no_header_is_made_of_a_value_and_no_byte_kills_the_reader(
    server: ScriptedSwitch, client: Client
) -> None:
    parked = recorded.events("inbound_play_hangup", "CHANNEL_PARK")[0]
    forged = "Ann%0AEvent-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: victim"
    broken = event_frame(parked | {"Caller-Caller-ID-Name": "@@"}).replace(b"@@", b"\xff\xfe")
    server.peers[0].say(event_frame(parked | {"Caller-Caller-ID-Name": forged}) + broken)
    eventually(lambda: len(client.events) == 2, "both events")
    for event in client.events:
        found = translate.signal(event, 1.0)
        assert found is not None
        assert found[0] == parked["Unique-ID"]
        assert isinstance(found[1], LegArrived)
        assert decode(encode(found[1])) == found[1]
    assert arrived(client.events[0], 1.0).caller_name == forged
    assert arrived(client.events[1], 1.0).caller_name == "��"
    assert Subscribe(SUBSCRIPTION).encode().startswith(b"event json ")


@pytest.mark.parametrize("end", ["inside a body", "with a goodbye", "silently"])
def test_trap_02_every_waiter_wakes_with_a_typed_error(server: ScriptedSwitch, client: Client, end: str) -> None:
    peer = server.peers[0]
    server.answers["api"] = None
    asking = [gevent.spawn(client.connection.ask, Api(f"status {number}")) for number in range(3)]
    eventually(lambda: len(peer.received) == 4, "three commands")
    if end == "inside a body":
        peer.say(event_frame({"n": "x" * 50})[:-10])
    elif end == "with a goodbye":
        peer.say(GOODBYE)
    peer.cut()
    for greenlet in asking:
        with pytest.raises(UnconfirmedError):
            greenlet.get(timeout=5)
    with pytest.raises(NotSentError):
        client.connection.ask(Api("status"))
    # And before there is a connection at all:
    server.greeting = frame("text/rude-rejection", b"Access Denied, go away.\n")
    rejected = gevent.spawn(Client(server).connection.connect)
    eventually(lambda: server.peers, "the second connection")
    server.peers[0].cut()
    with pytest.raises(NotConnectedError):
        rejected.get(timeout=5)
    server.greeting = frame("auth/request")
    server.answers["auth"] = "-ERR invalid"
    with pytest.raises(RefusedError):
        Client(server).connection.connect()


def test_trap_03_a_reply_that_comes_too_late_is_not_taken_by_the_next_command(
    server: ScriptedSwitch, client: Client
) -> None:
    server.answers["api first"] = None
    with pytest.raises(CommandTimeoutError):
        client.connection.ask(Api("first"), timeout=0.02)
    server.answers["api second"] = response("answer to first") + response("answer to second")
    assert client.connection.ask(Api("second")).text == "answer to second"


def test_trap_04_arguments_travel_in_a_body_and_no_line_can_become_two(server: ScriptedSwitch, client: Client) -> None:
    for command in EVERY_COMMAND:
        wire = command.encode()
        if isinstance(command, Execute) and command.argument:
            head, _, body = wire.partition(b"\n\n")
            assert body == command.argument.encode()
            assert f"content-length: {len(body)}".encode() in head.split(b"\n")
            assert b"execute-app-arg" not in head
        else:
            assert wire.count(b"\n\n") == 1
            assert wire.endswith(b"\n\n")
    for text in ("a\nb", "a\rb", "a\x00b", "a\n\nb"):
        for command in (Api(text), BackgroundApi(text, "j"), BackgroundApi("x", text), Execute(LegId(text), "answer")):
            with pytest.raises(UnsafeTextError):
                command.encode()
        with pytest.raises(UnsafeTextError):
            commands(HangUp(A, f"USER_BUSY{text}"), PLACE)
    # Header and body leave in one write, and what is in a body acts on nothing.
    hostile = "reload mod_event_socket\n\napi system id\n\nünï"
    client.connection.submit(Execute(LegId("leg-a"), "log", hostile))
    client.connection.flush()
    eventually(lambda: len(server.peers[0].received) == 2, "one command")
    assert server.peers[0].received[1].endswith("\n\n" + hostile)


@pytest.mark.parametrize("text", HOSTILE)
def test_trap_05_nothing_a_caller_or_author_wrote_is_ever_expanded(text: str) -> None:
    effects: list[Effect] = [
        Dial(B, RegisteredUser("alice"), 20, text, text, {"X-Name": text}), Dial(B, RegisteredUser(text), 20),
        Dial(B, GatewayNumber(text, text), 20), Dial(B, SipUri(f"sip:{text}@x"), 20), HangUp(A, text),
        Play(A, (SoundFile(f"/rec/{text}.wav"),)), StartRecording(A, f"/rec/{text}"), BridgeLegs(A, LegId(text)),
    ]  # fmt: skip
    for effect in effects:
        try:
            wire = b"".join(command.encode() for command in commands(effect, PLACE))
        except UnsafeTextError:
            continue
        assert b"${" not in wire
        assert wire.count(b"\n\n") <= 2
    switch = (ROOT / "freeswitch-conf/autoload_configs/switch.conf.xml").read_text()
    assert re.search(r'name="api-expansion"\s+value="false"', switch)
    assert not [command for command in EVERY_COMMAND if isinstance(command, Execute) and "${" in command.argument]


def test_trap_06_an_unknown_application_cannot_be_asked_for() -> None:
    # Effects are typed, so these are all the applications there are; FreeSWITCH hangs up at any it does not know.
    assert {type(effect) for effect, _ in WRITTEN} == set(get_args(Effect))
    assert {command.application for command in EVERY_COMMAND if isinstance(command, Execute)} == {
        "answer", "pre_answer", "playback", "set", "unset", "play_and_get_digits", "record_session", "deflect",
        "redirect", "respond",
    }  # fmt: skip
    # And should it happen all the same, the end of the call is understood.
    ended = recorded.events("command_errors_on_live_call", "CHANNEL_HANGUP_COMPLETE")[0]
    found = signal(ended)
    assert found is not None
    assert found[1] == LegEnded(1.0, LegId(ended["Unique-ID"]), "DESTINATION_OUT_OF_ORDER")


def test_trap_07_a_completion_that_never_comes_leaves_nobody_waiting() -> None:
    for where in PLACES:
        stage = reach(where)
        for _ in range(60):  # nobody ever answers anything
            if stage.machine.phase == "closed":
                break
            assert stage.machine.next_timer() is not None, where
            stage.wait_out()
        assert stage.machine.phase == "closed", where
        assert stage.told().count("call.ended") == 1
    # A label that leaked to the next application is not taken for its completion.
    for application in ("set", "park", "answer", "hangup"):
        event = {"Event-Name": "CHANNEL_EXECUTE_COMPLETE", "Application": application, "Application-UUID": "c1:7"}
        assert signal(event) is None
    # `uuid_break ... all` drops what is queued without a word: it is never said.
    assert [command.encode() for command in commands(StopPlay(A), PLACE)] == [f"api uuid_break {A}\n\n".encode()]


def test_trap_08_applications_keep_their_order_and_hanging_up_does_not_wait_for_them() -> None:
    for command in EVERY_COMMAND:
        if isinstance(command, Execute):
            assert b"\nevent-lock: true\n" in command.encode()
            assert command.application != "hangup"
    assert commands(HangUp(A, "USER_BUSY"), PLACE) == (Api(f"uuid_kill {A} USER_BUSY"),)
    assert commands(AnswerLeg(A), PLACE) == (Execute(A, "answer"),)
    assert not [command for command in EVERY_COMMAND if b"uuid_answer" in command.encode()]


def test_trap_09_the_call_is_over_when_the_switch_has_said_everything() -> None:
    assert "CHANNEL_HANGUP_COMPLETE" in SUBSCRIPTION
    assert not {"CHANNEL_HANGUP", "CHANNEL_DESTROY"} & set(SUBSCRIPTION)
    names = [event["Event-Name"] for event in recorded.events("record_session_until_hangup")]
    assert names.index("CHANNEL_HANGUP") < names.index("RECORD_STOP") < names.index("CHANNEL_HANGUP_COMPLETE")
    # Even the other way round the recording is waited for.
    stage = reach("message")
    (recording,) = stage.done(StartRecording)
    stage.caller_hangs_up()
    assert "call.ended" not in stage.told()
    stage.answer(Recorded(2000, "hangup", recording.path), recording.ask)
    assert stage.told()[-2:] == ["recording.saved", "call.ended"]


def test_trap_10_only_an_answer_is_an_answer_and_no_dial_is_made_twice() -> None:
    (dial,) = commands(Dial(B, RegisteredUser("alice"), 20), PLACE)
    assert b"ignore_early_media=true" in dial.encode()
    assert f"origination_uuid={B}".encode() in dial.encode()
    job = {"Event-Name": "BACKGROUND_JOB", "Job-UUID": B, "Job-Command": "originate"}
    assert signal(job | {"_body": f"+OK {B}\n"}) is None
    progress = recorded.events("originate_answered", "CHANNEL_PROGRESS")[0] | {"Event-Name": "CHANNEL_PROGRESS_MEDIA"}
    found = signal(progress)
    assert found is not None
    assert isinstance(found[1], LegRang)
    # The cause of a local limit is a failure like any other; it is only ever heard of a leg that is not up.
    found = signal(job | {"_body": "-ERR DESTINATION_OUT_OF_ORDER\n"})
    assert found == (B, LegFailed(1.0, B, "DESTINATION_OUT_OF_ORDER"))
    for where in PLACES:
        stage = reach(where)
        assert len({effect.leg for effect in stage.done(Dial)}) == len(stage.done(Dial))


def test_trap_11_no_park_timeout_is_used_because_it_cannot_be_taken_back() -> None:
    assert not [command for command in EVERY_COMMAND if b"park_timeout" in command.encode()]
    for file in (ROOT / "freeswitch-conf").rglob("*.xml"):
        text = re.sub(r"<!--.*?-->", "", file.read_text(), flags=re.DOTALL)
        assert "park_timeout" not in text, file
        assert "park_after_bridge=" not in text or "transfer_after_bridge" not in text, file
    inbound = (ROOT / "freeswitch-conf/dialplan/inbound.xml").read_text()
    assert "sched_transfer" in inbound, "the net under unserved callers is one that can be taken away"
    assert EVERY_COMMAND[0] == Api("sched_del leg-a")


def test_trap_12_filters_let_pass_all_that_is_read_and_every_name_is_an_event(
    server: ScriptedSwitch, client: Client
) -> None:
    passing = {value for header, value in FILTERS if header == "Event-Name"}
    assert passing | {"CHANNEL_EXECUTE_COMPLETE"} == set(SUBSCRIPTION), "what fits no filter is dropped"
    assert {"BACKGROUND_JOB", "HEARTBEAT"} <= passing
    assert {value for header, value in FILTERS if header != "Event-Name"} == set(ANSWERING)
    assert not [value for _, value in FILTERS if value[0] in "-/"], "one that forbids lets nothing pass by itself"
    assert "CUSTOM" not in SUBSCRIPTION, "after it every word is a subclass"
    assert "ALL" not in SUBSCRIPTION
    for line in ("filter Unique-ID x", "filter -Event-Name DTMF", "nixevent DTMF"):
        with pytest.raises(NotSentError):
            client.connection.send(line)
    assert {cls.__name__ for cls in get_args(Command)} == {
        "Auth", "Subscribe", "Filter", "Api", "BackgroundApi", "Execute", "Exit",
    }  # fmt: skip


def switch_to(server: ScriptedSwitch, on_up: Callable[[Switch, bool], None]) -> Switch:
    address = SwitchAddress("fs1", "127.0.0.1", server.port, PASSWORD)
    return Switch(address, on_signal=lambda *_: None, on_up=on_up, first_retry=0.01)


def test_trap_13_the_list_of_channels_is_asked_for_after_subscribing_and_never_believed(server: ScriptedSwitch) -> None:
    assert parse_channels('{"row_count":0}') == []
    order: list[str] = []
    for beginning in ("event json", "api show channels", "api uuid_dump"):

        def answer(block: str, beginning: str = beginning) -> Any:
            order.append(beginning)
            return server.usual(block)

        server.answers[beginning] = answer
    stale = '{"row_count":1,"rows":[{"uuid":"ghost","direction":"inbound","application":"park"}]}'
    server.answers["api show channels"] = lambda _block: (order.append("api show channels"), stale)[1]
    server.answers["api uuid_dump"] = lambda _block: (order.append("api uuid_dump"), "-ERR No such channel!\n")[1]
    found: list[object] = []
    switch = switch_to(server, lambda switch, _: found.extend(switch.look_at(row.leg) for row in switch.channels()))
    switch.start()
    assert switch.wait_up(10)
    switch.stop()
    assert order == ["event json", "api show channels", "api uuid_dump"]
    assert found == [None], "a row is a rumour; only a dump proves a leg"


def test_trap_14_the_reader_reads_on_whatever_the_callers_do(server: ScriptedSwitch, client: Client) -> None:
    peer = server.peers[0]
    server.answers["api"] = None
    stuck = [gevent.spawn(client.connection.ask, Api("never answered"), 60) for _ in range(20)]
    eventually(lambda: len(peer.received) == 21, "twenty commands nobody answers")
    flood = event_frame({"Event-Name": "DTMF", "padding": "x" * 2000}) * 2000
    sending = gevent.spawn(peer.say, flood)
    eventually(lambda: len(client.events) == 2000, "every event")
    assert sending.ready(), "the switch keeps nothing for us"
    gevent.killall(stuck)
    assert not {"CHANNEL_STATE", "CHANNEL_CALLSTATE", "CHANNEL_EXECUTE", "CHANNEL_CREATE", "ALL"} & set(SUBSCRIPTION)
    assert len(SUBSCRIPTION) <= 16


def test_trap_15_recordings_are_absolute_begun_after_the_answer_and_saved_when_they_are_closed() -> None:
    for path in ("rec.wav", "../rec.wav", "/rec/a b.wav", "/rec/${x}.wav"):
        for effect in (StartRecording(A, path), StopRecording(A, path)):
            with pytest.raises(UnsafeTextError):
                commands(effect, PLACE)
    (stop,) = commands(StopRecording(A, PATH), PLACE)
    assert isinstance(stop, BackgroundApi), "it waits for a thread: never in the way of other commands"
    begin = commands(StartRecording(A, PATH, ask=AskId(1)), PLACE)
    assert all(isinstance(command, Execute) for command in begin), "by the leg's own thread: none outlives the leg"
    stage = reach("message")
    effects = [type(effect) for effect in stage.effects]
    assert effects.index(AnswerLeg) < effects.index(StartRecording)
    (recording,) = stage.done(StartRecording)
    assert recording.path.startswith("/rec/")
    assert "recording.saved" not in stage.told()
    stage.happen(Answered, recording.ask, Recorded(3000, "silence", recording.path))
    assert stage.told().count("recording.saved") == 1


def test_trap_16_no_detector_of_37_threads_is_loaded_or_used() -> None:
    for folder, ending in (("engine", "*.py"), ("freeswitch-conf", "*.xml")):
        files = list((ROOT / folder).rglob(ending))
        assert files
        for file in files:
            text = re.sub(r"<!--.*?-->", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
            assert "avmd" not in text.lower(), file
