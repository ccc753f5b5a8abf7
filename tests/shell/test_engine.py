"""The whole engine in one process: its own Redis, a simulated switch, real SIP; how it starts, reloads and lets go."""

import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from pydantic import SecretStr

from engine.config import Settings, Switch
from engine.core.control import DialOrder, ReloadOrder
from engine.core.errors import FlowError, StoreError
from engine.core.ids import CallId
from engine.shell.control.remote import RemoteControl
from engine.shell.embedded_redis import read_address
from engine.shell.engine import Engine
from engine.shell.keys import Keys, bundle_key, owner_key
from engine.sim import SimSettings, Simulation
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually
from tests.sim.sip_peer import SipPeer

PASSWORD = "hush-7421"
FLOW = """\
flow: hello
schema: 1
start: go
events: {hangup: wrap_up}
blocks:
  go:
    - answer:
    - pause: 10m
    - hangup:
  wrap_up:
    - tag: {version: one}
"""


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """An engine tunes the collector of its process for good; here others live in it too."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "ivr_flows/project.yaml": "name: Test\nlanguages: [en]\ncountry: GB\ntimezone: Europe/London\n",
        "ivr_flows/hello.flow.yaml": FLOW,
        "dialplans/main.yaml": 'rules:\n  - {name: all, number: "1000", flow: hello}\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with Simulation(SimSettings(esl_password=PASSWORD, treatment_after=0, sip_t1=0.04)) as simulation:
        yield simulation


@pytest.fixture
def make(project: Path, simulation: Simulation) -> Iterator[Callable[..., Engine]]:
    made: list[Engine] = []

    def make(**changed: Any) -> Engine:
        switch = Switch(name="sim", port=simulation.esl_port, password=SecretStr(PASSWORD))
        values: dict[str, Any] = {
            "name": "one", "project_dir": project, "state_dir": project / "var", "switches": (switch,),
        }  # fmt: skip
        made.append(Engine(Settings(**{**values, **changed})))
        return made[-1]

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def engine(make: Callable[..., Engine], redis_server: RedisServer) -> Engine:
    """An engine that serves, with a Redis that is there already."""
    engine = make(redis_url=SecretStr(redis_server.url))
    engine.start()
    assert engine.wait_up(10)
    return engine


@pytest.fixture
def phone() -> Iterator[Callable[[], SipPeer]]:
    made: list[SipPeer] = []

    def make() -> SipPeer:
        made.append(SipPeer())
        return made[-1]

    yield make
    for peer in made:
        peer.close()


def calls(phone: SipPeer, simulation: Simulation, engine: Engine) -> CallId:
    """A phone calls, and is answered; its call."""
    before = {live.call for live in engine.calls or ()}
    phone.call(simulation.trunk_sip_port, "1000")
    assert phone.answered.wait(10)
    return eventually(lambda: next((one.call for one in engine.calls or () if one.call not in before), None), "a call")


def told(client: redis.Redis, call: CallId) -> list[dict[str, Any]]:
    stream: Any = client.xrange(Keys(0).events)
    return [event for _, fields in stream if (event := orjson.loads(fields[b"event"]))["call"] == call]


def edit(project: Path, text: str) -> None:
    """Write the flow so that its time differs even on a coarse clock."""
    file = project / "ivr_flows/hello.flow.yaml"
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before + 1_000_000_000, before + 1_000_000_000))


# Start and stop


def test_it_serves_with_a_redis_of_its_own_and_takes_it_along(
    make: Callable[..., Engine], project: Path, simulation: Simulation, phone: Callable[[], SipPeer]
) -> None:
    engine = make()
    engine.start()
    assert engine.wait_up(10)
    assert read_address(project / "var/redis") is not None
    caller = phone()
    call = calls(caller, simulation, engine)
    assert engine.store is not None
    client = engine.store.redis
    caller.bye()
    eventually(lambda: "call.ended" in [event["type"] for event in told(client, call)], "the end told")
    story = told(client, call)
    assert [event["n"] for event in story] == list(range(1, len(story) + 1))
    assert story[-1]["data"]["tags"] == {"version": "one"}
    engine.stop()
    engine.wait()
    assert read_address(project / "var/redis") is None


def test_a_redis_of_its_own_that_dies_is_started_again(
    make: Callable[..., Engine], project: Path, simulation: Simulation, phone: Callable[[], SipPeer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("engine.shell.engine.REVIVE_EVERY", 0.3)
    engine = make()
    engine.start()
    assert engine.wait_up(10)
    caller = phone()
    call = calls(caller, simulation, engine)
    running = read_address(project / "var/redis")
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    caller.bye()
    assert engine.store is not None
    store = engine.store

    def ended() -> bool:
        try:
            return "call.ended" in [event["type"] for event in told(store.redis, call)]
        except redis.RedisError:
            return False

    eventually(ended, "the end told", 20)
    story = told(store.redis, call)
    assert [event["n"] for event in story] == list(range(1, len(story) + 1))
    assert read_address(project / "var/redis") != running


def test_a_stop_leaves_calls_and_lets_the_next_engine_in_at_once(
    engine: Engine, make: Callable[..., Engine], redis_server: RedisServer, simulation: Simulation,
    phone: Callable[[], SipPeer],
) -> None:  # fmt: skip
    caller = phone()
    call = calls(caller, simulation, engine)
    engine.stop()
    assert int(redis_server.client().hget(owner_key("sim"), "until") or 0) > 0  # type: ignore[arg-type]
    assert not caller.ended.is_set()
    second = make(name="two", redis_url=SecretStr(redis_server.url))
    second.start()
    assert second.wait_up(10)
    assert [live.call for live in second.calls or ()] == [call]
    caller.bye()
    client = redis_server.client()
    eventually(lambda: "call.ended" in [event["type"] for event in told(client, call)], "the end told")
    types = [event["type"] for event in told(client, call)]
    assert types.count("call.recovered") == 1


def test_an_engine_that_was_overtaken_commands_no_more(
    engine: Engine, redis_server: RedisServer, simulation: Simulation, phone: Callable[[], SipPeer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("engine.shell.ownership.TRY_EVERY", 0.05)
    call = calls(phone(), simulation, engine)
    assert engine.store is not None
    redis_server.client().hset(owner_key("sim"), mapping={"until": 0})
    stranger = engine.store.own("sim", "stranger", 0, 60_000)
    eventually(lambda: engine.switches["sim"].state == "down", "letting go")
    assert len(engine.calls or ()) == 0
    assert engine.store.live_calls("sim") == [call]
    engine.store.disown("sim", "stranger", stranger)
    eventually(lambda: engine.switches["sim"].state == "up", "the switch again")
    assert [live.call for live in engine.calls or ()] == [call]
    assert engine.switches["sim"].epoch > stranger


@pytest.mark.parametrize(("redis_loss", "kept"), [("hold", True), ("stop", False)])
def test_what_it_does_without_redis_is_a_setting(
    make: Callable[..., Engine], own_redis: RedisServer, simulation: Simulation, phone: Callable[[], SipPeer],
    monkeypatch: pytest.MonkeyPatch, redis_loss: str, kept: bool,
) -> None:  # fmt: skip
    for name, value in (("RENEW_EVERY", 0.05), ("TRY_EVERY", 0.05), ("LIVES_MS", 1300)):
        monkeypatch.setattr(f"engine.shell.ownership.{name}", value)
    engine = make(redis_url=SecretStr(own_redis.url), redis_loss=redis_loss)
    engine.start()
    assert engine.wait_up(10)
    caller = phone()
    call = calls(caller, simulation, engine)
    own_redis.kill()
    if kept:
        assert calls(phone(), simulation, engine)
        eventually(lambda: engine.store is not None and not engine.store.available, "the loss of Redis noticed")
        assert engine.switches["sim"].state == "up"
    else:
        eventually(lambda: engine.switches["sim"].state == "down", "letting go")
    assert not caller.ended.is_set()
    own_redis.start()
    eventually(lambda: engine.switches["sim"].state == "up", "the switch")
    caller.bye()
    client = own_redis.client()
    eventually(lambda: "call.ended" in [event["type"] for event in told(client, call)], "the end told", 20)
    story = told(client, call)
    assert [event["n"] for event in story] == list(range(1, len(story) + 1))
    assert [event["type"] for event in story].count("call.recovered") == int(not kept)


def test_broken_flows_are_not_served(make: Callable[..., Engine], project: Path, redis_server: RedisServer) -> None:
    edit(project, FLOW.replace("pause", "puase"))
    engine = make(redis_url=SecretStr(redis_server.url))
    with pytest.raises(FlowError, match="the flows have errors") as error:
        engine.start()
    assert 'hello.flow.yaml:8:7: error: unknown kind "puase"' in str(error.value)
    assert 'did you mean "pause"' in str(error.value)
    assert redis_server.client().hget(owner_key("sim"), "owner") is None, "no switch was touched"


def test_a_redis_that_is_not_there_is_told(make: Callable[..., Engine]) -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        make(redis_url=SecretStr("redis://127.0.0.1:1/0")).start()


def test_a_stop_before_the_start_is_no_fault(make: Callable[..., Engine]) -> None:
    engine = make()
    engine.stop()
    engine.wait()


# Versions of the flows


def test_a_version_in_use_never_leaves_redis(engine: Engine, redis_server: RedisServer) -> None:
    client = redis_server.client()
    client.expire(bundle_key(engine.bundle.id), 60)
    engine.renew_bundles()
    assert int(client.ttl(bundle_key(engine.bundle.id))) > 6 * 86400  # type: ignore[arg-type]
    client.delete(bundle_key(engine.bundle.id))
    engine.renew_bundles()
    assert engine.store is not None
    assert engine.store.bundle_sources(engine.bundle.id)
    client.close()


def test_a_reload_is_for_new_callers_and_a_broken_one_for_nobody(
    engine: Engine, project: Path, simulation: Simulation, phone: Callable[[], SipPeer]
) -> None:
    old = engine.bundle.id
    first = calls(phone(), simulation, engine)
    edit(project, "flow: [")
    assert not engine.reload()
    assert engine.bundle.id == old
    edit(project, FLOW.replace("one", "two"))
    assert engine.reload()
    assert engine.bundle.id != old
    assert not engine.reload(), "the same again is no new version"
    second = calls(phone(), simulation, engine)
    assert engine.calls is not None
    versions = {live.call: live.machine.bundle_id for live in engine.calls}
    assert versions == {first: old, second: engine.bundle.id}


def test_an_edit_is_found_by_itself(
    make: Callable[..., Engine], project: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.engine.RELOAD_EVERY", 0.01)
    engine = make(redis_url=SecretStr(redis_server.url))
    engine.start()
    old = engine.bundle.id
    edit(project, FLOW.replace("one", "two"))
    eventually(lambda: engine.bundle.id != old, "the new version")


def test_a_call_goes_on_with_a_version_only_redis_still_knows(
    engine: Engine, make: Callable[..., Engine], project: Path, redis_server: RedisServer, simulation: Simulation,
    phone: Callable[[], SipPeer],
) -> None:  # fmt: skip
    caller = phone()
    call = calls(caller, simulation, engine)
    old = engine.bundle.id
    engine.stop()
    edit(project, FLOW.replace("one", "two"))
    second = make(name="two", redis_url=SecretStr(redis_server.url))
    second.start()
    assert second.wait_up(10)
    assert second.bundle.id != old
    assert second.calls is not None
    live = second.calls.get(call)
    assert live is not None
    assert live.machine.bundle_id == old
    caller.bye()
    client = redis_server.client()
    eventually(lambda: "call.ended" in [event["type"] for event in told(client, call)], "the end told")
    assert told(client, call)[-1]["data"]["tags"] == {"version": "one"}


def test_versions_nobody_uses_are_let_go_of(engine: Engine, project: Path) -> None:
    first = engine.bundle.id
    for word in ("two", "three", "four"):
        edit(project, FLOW.replace("one", word))
        assert engine.reload()
    assert len(engine._bundles) == 2
    assert first not in engine._bundles
    found = engine._bundle_of(first)
    assert found is not None, "Redis keeps it for calls of other engines"
    assert found.id == first
    assert engine._bundle_of("unheard-of") is None


def test_orders_reach_the_engine_that_serves(engine: Engine, redis_server: RedisServer, project: Path) -> None:
    control = RemoteControl(redis_server.url, patience=5.0)
    try:
        eventually(lambda: [one.switch for one in control.serving() if one.up] == ["sim"], "its word")
        placed = control.dial(DialOrder("user/nobody", "hello"))
        eventually(lambda: engine.calls is not None and engine.calls.get(placed.call) is None, "the end of a vain ring")
        before = engine.bundle.id
        (project / "ivr_flows/hello.flow.yaml").write_text(FLOW.replace("one", "two"))
        reloaded = control.reload(ReloadOrder())
        assert (reloaded.bundle, reloaded.problems) == (engine.bundle.id, ())
        assert engine.bundle.id != before
        (project / "ivr_flows/hello.flow.yaml").write_text("flow: hello\nstart: nowhere\n")
        assert control.reload(ReloadOrder()).problems
        engine.stop()
        assert control.serving() == []
    finally:
        control.close()
