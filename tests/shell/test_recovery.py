"""After a (re)connection: journals become calls with the same numbers, nobody is lost, one bad call harms no other."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import structlog

from engine.core.effects import Play
from engine.core.ids import AskId, CallId, new_leg_id
from engine.core.signals import Resumed, SwitchRestarted
from engine.flow.loader import load
from engine.shell.live_call import LiveCall
from engine.shell.store import Commit, Store
from tests.shell.line import NUMBERS, Line, bundle, parked, settle
from tests.shell.redis_server import RedisServer
from tests.shell.scripted_switch import ScriptedSwitch
from tests.shell.waiting import eventually

GONE = "-ERR No such channel!"


class Errors:
    """A log of which errors are kept."""

    def __init__(self, errors: list[str]) -> None:
        self._errors = errors

    def error(self, event: str, call: str, **_: object) -> None:
        self._errors.append(f"{event} about {call}")

    def info(self, event: str, **_: object) -> None: ...


def _as_it_is(_logger: object, _method: str, line: Any) -> Any:
    return (line.pop("event"),), line


class Channels:
    """What the scripted switch shows of its channels."""

    def __init__(self, server: ScriptedSwitch) -> None:
        self._server = server
        self._rows: dict[str, dict[str, str]] = {}
        self.looks = 0
        self.refusals = 0
        server.answers["api show channels as json"] = lambda _: self._listed()
        server.answers["api uuid_dump"] = lambda _: GONE

    def has(self, leg: str, application: str, argument: str = "", *, answered: bool = True, **more: str) -> None:
        """A channel that runs an application, or ran it last."""
        direction = more.get("Call-Direction", "inbound")
        self._rows[leg] = {"uuid": leg, "direction": direction, "application": application}
        dump = parked(leg, NUMBERS["say"]) | {
            "Event-Name": "CHANNEL_DATA", "Answer-State": "answered" if answered else "ringing",
            "variable_current_application": application, "variable_current_application_data": argument,
            "variable_current_application_response": "_none_", **more,
        }  # fmt: skip
        self._server.answers[f"api uuid_dump {leg}"] = orjson.dumps(dump).decode()

    def _listed(self) -> str:
        self.looks += 1
        if self.refusals >= self.looks:
            return "-ERR busy"
        return orjson.dumps({"row_count": len(self._rows), "rows": list(self._rows.values())}).decode()


@pytest.fixture
def channels(switch_server: ScriptedSwitch) -> Channels:
    return Channels(switch_server)


@pytest.fixture
def engine(redis_server: RedisServer, switch_server: ScriptedSwitch) -> Iterator[Callable[..., Line]]:
    """Starts engines of the same Redis and switch, one after another."""
    made: list[Line] = []

    def make(*, start: bool = True, **options: Any) -> Line:
        store = Store(options.pop("redis", redis_server).url)
        store.start()
        made.append(Line(redis_server, switch_server, store, recovers=True, **options))
        if start:
            made[-1].start()
        return made[-1]

    yield make
    for line in made:
        line.close()
        line.store.stop()


def playing(line: Line, channels: Channels, ask: int = 1) -> LiveCall:
    """A call in a prompt, as its switch shows it."""
    live = line.arrives("say")
    block = line.is_sent(f"{live.call}:{ask}")
    eventually(lambda: len(line.kept(live.call)) == 2, "the answer written")
    channels.has(live.call, "playback", block.rpartition("\n\n")[2])
    return live


def journalled(store: Store, call: str, *lines: bytes, known: str = "", epoch: int = 0) -> CallId:
    """A live call of an engine that died, as it stands in Redis."""
    assert store.commit(Commit(CallId(call), "fs1", known or bundle().id, 0, list(lines), [], epoch=epoch))
    return CallId(call)


def arrived(leg: str) -> bytes:
    return orjson.dumps(["LegArrived", 1.0, leg, "fs1", "+441632960123", "Ann", NUMBERS["say"]])


def test_a_call_goes_on_with_the_numbers_it_had(engine: Callable[..., Line], channels: Channels) -> None:
    first = engine()
    live = playing(first, channels)
    assert len(first.sent(f"{live.call}:")) == 1
    first.close()
    assert first.kept_live() == [live.call]

    second = engine()
    again = second.calls.get(live.call)
    assert again is not None
    assert again is not live
    eventually(lambda: "call.recovered" in second.types(live.call), "the recovery told")
    assert again.machine.pending == live.machine.pending
    assert again.machine.bundle_id == live.machine.bundle_id
    assert len(second.sent(f"{live.call}:")) == 0, "what runs is not begun again"
    second.completes(live.call, 1)
    second.is_sent(f"{live.call}:2")
    second.completes(live.call, 2)
    second.is_sent("uuid_kill")
    second.hangs_up(live.call)
    second.closed(again)
    told = second.told(live.call)
    assert [event["n"] for event in told] == list(range(1, len(told) + 1))
    assert [event["type"] for event in told].count("call.recovered") == 1
    assert [event["type"] for event in told].count("call.initiated") == 1
    signals = second.kept(live.call)
    assert [type(signal) for signal in signals].count(Resumed) == 1


def test_an_ask_that_never_reached_the_switch_is_sent_again(engine: Callable[..., Line], channels: Channels) -> None:
    first = engine()
    live = playing(first, channels)
    first.close()
    channels.has(live.call, "park")
    second = engine()
    assert "playback" in second.is_sent(f"{live.call}:1")
    again = second.calls.get(live.call)
    assert again is not None
    assert isinstance(again.machine.pending[AskId(1)], Play)


def test_a_caller_who_left_meanwhile_has_left(engine: Callable[..., Line], channels: Channels) -> None:
    first = engine()
    live = first.arrives("wait")
    eventually(lambda: len(first.kept(live.call)) == 2, "the answer written")
    first.close()
    second = engine()
    eventually(lambda: second.types(live.call)[-1:] == ["call.ended"], "the end told")
    eventually(lambda: len(second.calls) == 0 and second.kept_live() == [], "the call forgotten")
    assert second.sent(f"sendmsg {live.call}") == []


def test_a_call_stays_its_tenant_s(engine: Callable[..., Line], channels: Channels) -> None:
    theirs = {
        path: text.replace("flow: wait\n", "flow: wait\ntenant: acme\n", 1) for path, text in bundle().sources.items()
    }
    version = load(theirs, tenant="house").bundle
    assert version is not None
    first = engine(bundle=version)
    live = first.arrives("wait")
    eventually(lambda: len(first.kept(live.call)) == 2, "the answer written")
    first.close()
    second = engine(bundle=version)
    eventually(lambda: second.types(live.call)[-1:] == ["call.ended"], "the end told")
    assert {event["tenant"] for event in second.told(live.call)} == {"acme"}


def test_a_leg_dialled_before_belongs_to_its_call_again(engine: Callable[..., Line], channels: Channels) -> None:
    first = engine()
    live = first.arrives("ring")
    other = new_leg_id(live.call, 1)
    first.is_sent(f"Job-UUID: {other}")
    eventually(lambda: len(first.kept(live.call)) == 2, "the answer written")
    first.close()
    channels.has(live.call, "playback")
    channels.has(other, "", answered=False, **{"Call-Direction": "outbound", "variable_sb_call": live.call})
    second = engine()
    assert second.calls.legs.keys() == {live.call, other}
    assert second.calls.taken == 0
    second.server.tell({"Event-Name": "CHANNEL_PROGRESS", "Call-Direction": "outbound", "Unique-ID": other})
    eventually(lambda: "call.ringing" in second.types(live.call), "the ringing of the leg")


# Callers nobody serves


def test_waiting_callers_are_taken_and_others_are_not(engine: Callable[..., Line], channels: Channels) -> None:
    channels.has("waits", "park", answered=False)
    channels.has("busy", "bridge")
    channels.has("agent", "park", **{"Call-Direction": "outbound"})
    line = engine()
    assert [live.call for live in line.calls] == ["waits"]
    line.is_sent("waits:1")


def test_a_caller_who_was_gone_when_looked_at_is_not_taken(engine: Callable[..., Line], channels: Channels) -> None:
    channels.has("ghost", "park")
    channels._server.answers["api uuid_dump ghost"] = GONE
    channels.has("waits", "park", answered=False)
    line = engine()
    assert [live.call for live in line.calls] == ["waits"]


def test_who_drains_takes_nobody(engine: Callable[..., Line], channels: Channels) -> None:
    channels.has("waits", "park", answered=False)
    line = engine(start=False)
    line.calls.accepting = False
    line.start()
    assert len(line.calls) == 0
    assert line.sent("waits") == ["api uuid_dump waits json"]


# Journals that cannot be used


@pytest.mark.parametrize(
    ("known", "lines", "said"),
    [
        ("b-unknown", (arrived("bad"),), "a call cannot be rebuilt"),
        ("", (), "a call cannot be rebuilt"),
        ("", (arrived("bad"), b'["Teleported",2.0]'), "a journal cannot be replayed"),
        ("", (arrived("bad"), b'["Resumed","soon"]'), "a journal cannot be replayed"),
        ("", (b"\x00",), "a journal cannot be replayed"),
    ],
    ids=["another version's flows", "no journal", "another version's signal", "a value no one wrote", "no JSON"],
)
def test_a_journal_that_cannot_be_used_costs_one_story_and_no_caller(
    engine: Callable[..., Line], channels: Channels, monkeypatch: pytest.MonkeyPatch,
    known: str, lines: tuple[bytes, ...], said: str,
) -> None:  # fmt: skip
    errors: list[str] = []
    monkeypatch.setattr("engine.shell.recovery.log", structlog.wrap_logger(Errors(errors), processors=[_as_it_is]))
    line = engine(start=False)
    journalled(line.store, "bad", *lines, known=known)
    journalled(line.store, "good", arrived("good"))
    channels.has("bad", "playback", "/var/sounds/old.wav")
    channels.has("good", "park")
    line.start()
    assert errors == [f"{said} about bad"]
    assert {live.call for live in line.calls} == {"bad", "good"}
    assert line.calls.taken == 1, "the caller of the bad one begins anew"
    eventually(lambda: line.types(CallId("bad"))[:1] == ["call.initiated"], "the story begun anew")
    assert line.store.journal(CallId("bad"))[0] == bundle().id
    eventually(lambda: "call.recovered" in line.types(CallId("good")), "the other one recovered")


def test_a_talk_whose_call_is_lost_is_left_alone(engine: Callable[..., Line], channels: Channels) -> None:
    line = engine(start=False)
    journalled(line.store, "talks", arrived("talks"), known="b-unknown")
    channels.has("talks", "", variable_bridge_uuid="agent")
    line.start()
    settle()
    assert len(line.calls) == 0
    assert line.kept_live() == []
    line.server.tell(parked("talks", NUMBERS["say"]))
    eventually(lambda: line.calls.get(CallId("talks")), "a call when the talk is over")


# Leases


def test_a_call_claimed_under_a_later_lease_is_left_to_its_owner(
    engine: Callable[..., Line], channels: Channels
) -> None:
    line = engine(start=False, epoch=5)
    call = journalled(line.store, "theirs", arrived("theirs"), epoch=5)
    assert line.store.claim(call, 9) is not None
    channels.has(call, "playback")
    line.start()
    settle()
    assert len(line.calls) == 0
    assert line.kept_live() == [call]


def test_what_an_overtaken_engine_still_writes_is_not_in_the_story(
    engine: Callable[..., Line], channels: Channels
) -> None:
    first = engine(epoch=5)
    live = playing(first, channels)
    second = engine(epoch=6)
    eventually(lambda: "call.recovered" in second.types(live.call), "the take-over")
    kept, told = len(second.kept(live.call)), len(second.told(live.call))
    late = Commit(live.call, "fs1", bundle().id, kept, [b'["Resumed",9.0]'], [], closed=True, epoch=5)
    assert first.store.commit(late)
    assert (len(second.kept(live.call)), len(second.told(live.call))) == (kept, told)
    assert second.kept_live() == [live.call]


def test_a_switch_comes_back_without_redis_under_the_same_lease(
    own_redis: RedisServer, switch_server: ScriptedSwitch, channels: Channels
) -> None:
    store = Store(own_redis.url)
    store.start()
    line = Line(own_redis, switch_server, store, recovers=True, epoch=5)
    line.start()
    live = playing(line, channels)
    own_redis.kill()
    line.server.events_peer().cut()
    eventually(lambda: line.switch.reconnections == 1 and line.switch.state == "up", "the switch again")
    line.completes(live.call, 1)
    line.is_sent(f"{live.call}:2")
    own_redis.start()
    eventually(lambda: "call.recovered" in line.types(live.call), "the story written after all")
    line.close()
    store.stop()


def test_without_redis_a_new_lease_waits_for_its_journals(
    own_redis: RedisServer, switch_server: ScriptedSwitch, channels: Channels
) -> None:
    store = Store(own_redis.url)
    store.start()
    journalled(store, "waits", arrived("waits"))
    channels.has("waits", "park")
    own_redis.kill()
    line = Line(own_redis, switch_server, store, recovers=True, epoch=5)
    line.switch.start()
    eventually(lambda: channels.looks > 1, "a second try")
    assert len(line.calls) == 0, "a call that has a story must not begin another"
    own_redis.start()
    assert line.switch.wait_up(20)
    assert line.calls.taken == 0
    assert [one.call for one in line.calls] == ["waits"]
    line.close()
    store.stop()


def test_what_is_not_yet_written_belongs_to_the_journals_it_reads(
    own_redis: RedisServer, switch_server: ScriptedSwitch, channels: Channels
) -> None:
    store = Store(own_redis.url)
    store.start()
    own_redis.kill()
    lines = [arrived("mine"), b'["LegAnswered",2.0,"mine"]']
    store.commit(Commit(CallId("mine"), "fs1", bundle().id, 0, lines, [], epoch=5), wait=False)
    eventually(lambda: not store.available, "the loss of Redis noticed")
    own_redis.start()
    channels.has("mine", "park")
    line = Line(own_redis, switch_server, store, recovers=True, epoch=6)
    line.start()
    assert line.calls.taken == 0
    live = line.calls.get(CallId("mine"))
    assert live is not None
    assert live.machine.runner is not None
    assert live.machine.runner.answered
    line.close()
    store.stop()


# The switch


def test_the_calls_of_a_switch_that_was_restarted_are_over(engine: Callable[..., Line], channels: Channels) -> None:
    line = engine()
    live = playing(line, channels)
    line.server.core = "core-2"
    line.server.answers[f"api uuid_dump {live.call}"] = GONE
    line.server.answers["api show channels as json"] = '{"row_count":0}'
    line.server.events_peer().cut()
    line.closed(live)
    assert [type(signal) for signal in line.kept(live.call)].count(SwitchRestarted) == 1
    assert line.told(live.call)[-1]["data"]["reason"] == "the switch was restarted"


def test_calls_of_other_switches_are_not_touched(engine: Callable[..., Line], channels: Channels) -> None:
    line = engine(start=False)
    assert line.store.commit(Commit(CallId("far"), "fs2", bundle().id, 0, [arrived("far")], []))
    line.start()
    assert len(line.calls) == 0
    assert line.store.live_calls("fs2") == ["far"]


def test_a_look_that_fails_is_taken_again(engine: Callable[..., Line], channels: Channels) -> None:
    line = engine(start=False)
    journalled(line.store, "good", arrived("good"))
    channels.has("good", "park")
    channels.refusals = 2
    line.start()
    assert channels.looks == 3
    assert [live.call for live in line.calls] == ["good"]
    eventually(lambda: line.types(CallId("good")).count("call.recovered") == 1, "one recovery")
