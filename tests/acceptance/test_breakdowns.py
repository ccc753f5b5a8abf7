"""Redis, the wire and the switch break down, an engine lets go: what callers notice, and that every story is whole."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.caller import Caller
from tests.acceptance.conftest import AGENTS
from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.ledger import whole_story
from tests.acceptance.phone import hear_each_other, registered_phone, told_caller
from tests.acceptance.sipp import start_sipp
from tests.acceptance.site import Site, own_site, report, revive
from tests.acceptance.stairs import STEPS, steps_heard
from tests.acceptance.tcp_proxy import TcpProxy

PLAY = "+442079460001"
MENU = "+442079460002"
TO_ALICE = "+442079460005"
STAIRS = "+442079460025"
STAIRS_MENU = "+442079460026"


@pytest.fixture(scope="module")
def own(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    kind = str(request.config.getoption("--switch"))
    with own_site(kind, tmp_path_factory.mktemp("own"), AGENTS) as site:
        yield site


@pytest.fixture
def site(own: Site) -> Iterator[Site]:
    """The module's site, all of it running; what it wrote is printed, for a test that fails."""
    since = len(own.engine.text())
    if not own.engine.running:
        own.engine.start()
    yield own
    print(report(own, since))


def some_stairs(caller: Caller, steps: int) -> None:
    assert until(lambda: len(steps_heard(caller.ear.heard())) >= steps, 12.0), steps_heard(caller.ear.heard())


def goes_to_the_end(caller: Caller) -> list[str]:
    """The caller hears the rest of the long prompt, and the next one; the types of the call's events."""
    caller.hears("chosen_one", 15.0)
    assert steps_heard(caller.ear.heard())[:STEPS] == list(range(STEPS)), "the prompt was cut or begun again"
    caller.ends()
    return [event["type"] for event in whole_story(caller.engine, caller.call)]


# Redis


def test_calls_go_on_without_redis_and_their_events_come_afterwards(site: Site, tmp_path: Path) -> None:
    engine = site.engine
    with told_caller(engine, MENU, tmp_path) as caller:
        caller.hears("welcome")
        caller.connect_media()
        caller.in_step("menu")
        site.redis.kill()
        caller.hears("main_menu")
        caller.ear.press("1")
        caller.hears("chosen_one")
        run = caller.sipp.wait(15.0)
        assert run.succeeded, run.log
        site.redis.start()
        assert caller.event("call.ended")["data"]["tags"] == {"choice": "1", "wrapped": "yes"}
    whole_story(engine, caller.call)


def test_new_callers_are_served_without_redis(site: Site, tmp_path: Path) -> None:
    engine = site.engine
    mark = engine.mark()
    site.redis.kill()
    try:
        with told_caller(engine, PLAY, tmp_path, since=mark) as caller:
            caller.hears("announcement", 15.0)
            run = caller.sipp.wait(15.0)
            assert run.succeeded, run.log
    finally:
        site.redis.start()
    caller.event("call.ended")
    whole_story(engine, caller.call)


def kept_on_disk(site: Site) -> list[Path]:
    """The files in which the engine keeps what Redis does not take."""
    return list((site.engine.folder / "state" / "outbox").glob("*"))


def test_redis_goes_and_comes_in_the_middle_of_many_calls(site: Site, tmp_path: Path) -> None:
    engine = site.engine
    mark = engine.mark()
    crowd = start_sipp("uac_call.xml", tmp_path / "crowd", remote=engine.switch.trunk, service=PLAY, calls=60, rate=20)
    assert until(lambda: len(set(engine.calls_since(mark))) > 12, 15.0)
    for _ in range(2):
        site.redis.kill()
        assert until(lambda: bool(kept_on_disk(site)), 10.0), "nothing is kept"
        site.redis.start()
        assert until(lambda: not kept_on_disk(site), 15.0), "the disk is not drained"
    ended = crowd.wait(30.0)
    assert ended.succeeded, ended.log

    def over() -> set[str]:
        return {event["call"] for event in engine.events()[mark:] if event["type"] == "call.ended"}

    assert until(lambda: len(over()) >= 60, 15.0), len(over())
    assert over() == set(engine.calls_since(mark))
    for call in over():
        whole_story(engine, call)


def test_a_call_redis_never_heard_of_outlives_its_engine(site: Site, tmp_path: Path) -> None:
    engine = site.engine
    mark = engine.mark()
    site.redis.kill()
    with told_caller(engine, STAIRS, tmp_path, since=mark) as caller:
        some_stairs(caller, 2)
        engine.kill()
        assert kept_on_disk(site)
        site.redis.start()
        engine.start()
        assert kept_on_disk(site) == []
        types = goes_to_the_end(caller)
    assert types.count("call.recovered") == 1
    assert types.count("call.answered") == 1


def test_what_a_caller_pressed_without_redis_is_remembered_by_the_next_engine(site: Site, tmp_path: Path) -> None:
    engine = site.engine
    with told_caller(engine, MENU, tmp_path) as caller:
        caller.hears("welcome")
        caller.connect_media()
        caller.in_step("menu")
        site.redis.kill()
        caller.hears("main_menu")
        caller.ear.press("2")
        caller.hears("chosen_two")
        engine.kill()
        site.redis.start()
        engine.start()
        caller.ends()
    story = whole_story(engine, caller.call)
    assert story[-1]["data"]["tags"]["choice"] == "2", "what the caller pressed while Redis was away is remembered"


# The event socket


@pytest.fixture
def wire(site: Site) -> Iterator[tuple[TcpProxy, EngineProcess]]:
    """The engine behind a wire that can be cut."""
    site.engine.stop()
    with TcpProxy(site.switch.host, site.switch.esl_port) as proxy:
        folder = site.folder / f"wired-{proxy.port}"
        folder.mkdir()
        switch = replace(site.switch, esl_port=proxy.port)
        engine = EngineProcess(folder, site.engine.project, site.redis.url, switch)
        engine.start()
        yield proxy, engine
        engine.stop()


def test_a_wire_cut_in_a_prompt(wire: tuple[TcpProxy, EngineProcess], tmp_path: Path) -> None:
    proxy, engine = wire
    with told_caller(engine, STAIRS, tmp_path) as caller:
        some_stairs(caller, 2)
        proxy.cut()
        types = goes_to_the_end(caller)
    assert proxy.accepted >= 4
    assert types.count("call.recovered") == 1


def test_a_wire_cut_for_seconds(wire: tuple[TcpProxy, EngineProcess], tmp_path: Path) -> None:
    proxy, engine = wire
    with told_caller(engine, STAIRS_MENU, tmp_path) as caller:
        caller.connect_media()
        some_stairs(caller, 1)
        proxy.refuse()
        caller.ear.press("1")
        assert caller.ear.wait_until_said()
        silent_from = caller.ear.mark()
        proxy.admit()
        caller.hears("chosen_one", since=silent_from)
        caller.ends()
    whole_story(engine, caller.call)


def test_a_wire_cut_in_a_talk(wire: tuple[TcpProxy, EngineProcess], tmp_path: Path) -> None:
    proxy, engine = wire
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        caller.event("call.bridged")
        proxy.cut()
        hear_each_other(caller.ear, alice.ear)
        caller.event("call.recovered")
        alice.hang_up()
        caller.hears("goodbye_silent")
        caller.ends()
    whole_story(engine, caller.call)


def test_a_caller_who_comes_while_the_wire_is_cut(wire: tuple[TcpProxy, EngineProcess], tmp_path: Path) -> None:
    proxy, engine = wire
    proxy.refuse()
    with told_caller(engine, PLAY, tmp_path) as caller:
        assert caller.sipp.wait_for_message("SIP/2.0 100")
        proxy.admit()
        caller.hears("announcement", 15.0)
        caller.ends()
    whole_story(engine, caller.call)


# One engine lets go, another takes over


def test_a_second_engine_takes_over_when_the_first_is_stopped(site: Site, tmp_path: Path) -> None:
    second = site.second_engine("second")
    second.start(b"standing by")
    try:
        with told_caller(site.engine, STAIRS, tmp_path) as caller:
            some_stairs(caller, 2)
            assert b"switch connected" not in second.text(), "two engines command one switch"
            site.engine.stop()
            types = goes_to_the_end(caller)
        assert types.count("call.recovered") == 1
        assert b"owns switch" in second.text()
        with told_caller(second, PLAY, tmp_path) as other:
            other.hears("announcement")
            other.ends()
        whole_story(second, other.call)
    finally:
        second.stop()


def test_a_second_engine_takes_over_when_the_first_is_killed(site: Site, tmp_path: Path) -> None:
    second = site.second_engine("third")
    second.start(b"standing by")
    try:
        with told_caller(site.engine, STAIRS, tmp_path) as caller:
            some_stairs(caller, 1)
            site.engine.kill()
            types = goes_to_the_end(caller)
        assert types.count("call.recovered") == 1
    finally:
        second.stop()


def test_an_engine_that_hung_commands_no_more_once_another_took_over(site: Site, tmp_path: Path) -> None:
    first, second = site.engine, site.second_engine("fourth")
    second.start(b"standing by")
    try:
        with told_caller(first, MENU, tmp_path) as caller:
            caller.hears("welcome")
            caller.connect_media()
            caller.in_step("menu")
            assert first.child is not None
            os.kill(first.child.pid, signal.SIGSTOP)
            try:
                caller.event("call.recovered", 20.0)
                caller.ear.press("1")
                caller.hears("chosen_one")
            finally:
                os.kill(first.child.pid, signal.SIGCONT)
            assert until(lambda: b"lost switch" in first.text(), 10.0)
            caller.ends()
        assert len(steps_of(caller)) == len(set(steps_of(caller))), "two engines ran the same step"
        whole_story(second, caller.call)
    finally:
        second.stop()


def steps_of(caller: Caller) -> list[tuple[object, ...]]:
    """Where the flow of a call was, step by step."""
    steps = [event["data"] for event in caller.events() if event["type"] == "flow.step"]
    return [(step["flow"], step["block"], step["step"]) for step in steps]


# The switch; last, because it is another one afterwards


def test_a_switch_that_dies_ends_its_calls_and_serves_again(site: Site, tmp_path: Path) -> None:
    engine = site.engine
    with told_caller(engine, STAIRS, tmp_path) as caller:
        some_stairs(caller, 1)
        site.switch.process.kill()
        site.switch.process.wait()
        caller.sipp.kill()
    revive(site)
    ended = caller.event("call.ended", 30.0)["data"]
    assert ended["ended_by"] == "engine"
    assert ended["reason"] == "the switch was restarted"
    whole_story(engine, caller.call)
    with told_caller(engine, PLAY, tmp_path) as other:
        other.hears("announcement", 15.0)
        other.ends()
    whole_story(engine, other.call)
