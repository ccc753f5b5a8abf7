"""`events`: the past and the present of calls, from a real Redis."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.events import event_line, fields_text
from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.store import Commit, Store
from tests.cli.conftest import Command

CALLS = ("0d5b9ae1-77a5-4b43-9b4e-4c8ad2c1f001", "0d5b9ae1-77a5-4b43-9b4e-4c8ad2c1f002")


@pytest.fixture
def redis(project: Path) -> Iterator[EmbeddedRedis]:
    redis = EmbeddedRedis(project / "var/redis")
    redis.start()
    yield redis
    redis.stop()


def tell(redis: EmbeddedRedis, call: str, *types: str, first: int = 1) -> None:
    assert redis.running is not None
    store = Store(redis.running.url)
    store.start()
    events = [
        CallEvent(CallId(call), first + n, kind, 1_800_000_000.0 + n, "default", {"caller": "+44", "digit": str(n)})
        for n, kind in enumerate(types)
    ]
    assert store.commit(Commit(CallId(call), "sim", "b", first - 1, [b"{}"] * len(events), events))
    store.stop()


def test_the_past_is_shown_and_chosen_from(redis: EmbeddedRedis, switchboard: Command) -> None:
    tell(redis, CALLS[0], "call.initiated", "flow.step", "call.ended")
    tell(redis, CALLS[1], "call.initiated")
    lines = switchboard("events").out.splitlines()
    assert len(lines) == 4
    assert "call.initiated" in lines[0]
    assert "caller=+44" in lines[0]
    assert len(switchboard("events", "--call", CALLS[0]).out.splitlines()) == 3
    assert len(switchboard("events", "--type", "flow").out.splitlines()) == 1
    assert len(switchboard("events", "--type", "call").out.splitlines()) == 3
    newest = [json.loads(line) for line in switchboard("events", "--json", "--last", "2").out.splitlines()]
    assert [event["type"] for event in newest] == ["call.ended", "call.initiated"]


def test_events_of_an_engine_that_rests_can_be_read(redis: EmbeddedRedis, switchboard: Command, project: Path) -> None:
    tell(redis, CALLS[0], "call.initiated")
    assert redis.stop()
    assert "call.initiated" in switchboard("events").out
    assert not (project / "var/redis/address.json").exists(), "it rests again"


def test_following_shows_news_as_they_come(redis: EmbeddedRedis, project: Path) -> None:
    tell(redis, CALLS[0], "call.initiated")
    command = [sys.executable, "-m", "engine", "events", "--follow", "--json"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        assert json.loads(follower.stdout.readline())["type"] == "call.initiated"
        tell(redis, CALLS[0], "call.answered", first=2)
        assert json.loads(follower.stdout.readline())["type"] == "call.answered"
        follower.terminate()


def test_a_redis_that_is_away_is_one_line(project: Path, switchboard: Command) -> None:
    (project / "switchboard.toml").write_text('redis_url = "redis://127.0.0.1:1/0"\n')
    ran = switchboard("events")
    assert ran.code == 2
    assert "events cannot be read from Redis" in ran.err


def test_a_line_is_short_and_hostile_text_is_quoted() -> None:
    event = {
        "call": CALLS[0], "n": 3, "at": 1_800_000_000.0, "type": "flow.error",
        "data": {"leg": CALLS[1], "empty": None, "name": "a b\n\x1b[31m", "tags": {"reason": "x", "none": None}},
    }  # fmt: skip
    text = event_line(event).plain
    assert "leg=0d5b9ae1 " in text
    assert "empty" not in text
    assert "tags={reason: x}" in text
    assert "\x1b" not in text
    assert "\n" not in text
    assert fields_text({}) == ""


def test_an_event_of_no_call_is_a_line_like_the_others() -> None:
    event = {"at": 1700000000.0, "call": None, "n": None, "type": "endpoint.disabled", "data": {"reason": "gone"}}
    assert "              endpoint.disabled reason=gone" in event_line(event).plain
