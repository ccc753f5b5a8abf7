"""`calls show`: a call step by step, with the author's file and line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.shell.embedded_redis import EmbeddedRedis
from tests.cli.conftest import Command
from tests.cli.recorded import record
from tests.shell.records.told import ToldCall


@pytest.fixture
def redis(project: Path) -> Iterator[EmbeddedRedis]:
    redis = EmbeddedRedis(project / "var/redis")
    redis.start()
    yield redis
    redis.stop()


def story() -> ToldCall:
    call = ToldCall("one", "acme").begins()
    call.tell("flow.started", {"flow": "pin", "bundle": "b1", "parent": "main", "file": "ivr_flows/pin.flow.yaml"})
    call.step("pin", "ask", 1, "collect", 4).tell("flow.error", {"error": "x.y", "message": "a [bold]b"})
    call.tell("flow.finished", {"flow": "pin", "result": "return"}).step("main", "greet", 2, "hangup", 9)
    call.tell("recording.saved", {"recording": "r", "path": "/rec/a.wav", "duration_ms": 5})
    return call.ends(tags={"plan": "gold"})


def test_the_tree_follows_the_flows(redis: EmbeddedRedis, switchboard: Command) -> None:
    record(redis, story())
    lines = switchboard("calls", "show", "one").out.splitlines()
    head = "\n".join(lines[:4])
    for word in (
        "one",
        "+441632960123 -> 100",
        "tenant acme",
        "NORMAL_CLEARING, 1:05",
        "tag plan = gold",
        "/rec/a.wav",
    ):
        assert word in head
    indents = {word: next(line for line in lines if word in line).index("─ ") for word in (
        "flow main", "ivr_flows/main.flow.yaml:7", "flow pin", "ivr_flows/pin.flow.yaml:4", "flow.error",
        "ivr_flows/main.flow.yaml:9", "call.ended",
    )}  # fmt: skip
    assert indents["flow main"] == indents["call.ended"]
    assert indents["flow main"] < indents["ivr_flows/main.flow.yaml:7"] == indents["ivr_flows/main.flow.yaml:9"]
    assert indents["flow pin"] == indents["ivr_flows/main.flow.yaml:7"]
    assert indents["flow pin"] < indents["ivr_flows/pin.flow.yaml:4"] < indents["flow.error"]
    assert any("a [bold]b" in line for line in lines), "texts are no markup"
    assert any("+5.000s" in line and "ask[1] collect" in line for line in lines)


def test_as_json(redis: EmbeddedRedis, switchboard: Command) -> None:
    record(redis, story())
    shown = json.loads(switchboard("calls", "show", "one", "--json").out)
    assert shown["call"]["id"] == "one"
    assert [event["n"] for event in shown["trace"]] == list(range(1, 12))


def test_a_call_nobody_knows(redis: EmbeddedRedis, switchboard: Command) -> None:
    ran = switchboard("calls", "show", "two")
    assert ran.code == 2
    assert "there is no call two" in ran.err
