"""`calls show`: a call step by step, with the author's file and line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.keys import bundle_key
from engine.shell.project_files import load_project
from engine.shell.store import connect
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


PIN = "flow: pin\nstart: ask\nblocks:\n  ask:\n    - collect: {prompt: [red]PIN[/red], store: pin}\n"


def keep(redis: EmbeddedRedis, bundle: str, **sources: str) -> None:
    assert redis.running is not None
    texts = {f"ivr_flows/{name}.flow.yaml": text for name, text in sources.items()}
    connect(redis.running.url).set(bundle_key(bundle), json.dumps(texts))


def test_what_the_author_wrote_in_the_version_the_call_ran(redis: EmbeddedRedis, switchboard: Command) -> None:
    record(redis, ToldCall("one").begins().tell(
        "flow.started", {"flow": "pin", "bundle": "b1", "parent": "main", "file": "ivr_flows/pin.flow.yaml"}
    ).step("pin", "ask", 0, "collect", 5).tell(
        "flow.error", {"error": "x.y", "message": "m", "flow": "pin", "block": "ask", "line": 5}
    ))  # fmt: skip
    keep(redis, "b1", pin=PIN)
    keep(redis, "b2", pin=PIN.replace("PIN", "another version"))
    lines = switchboard("calls", "show", "one").out.splitlines()
    found = [
        line for line in lines if "ivr_flows/pin.flow.yaml:5  - collect: {prompt: [red]PIN[/red], store: pin}" in line
    ]
    assert ["ask[0] collect" in line or "flow.error" in line for line in found] == [True, True]
    (greeting,) = [line for line in lines if "greet[0] play" in line]
    assert greeting.rstrip().endswith("ivr_flows/main.flow.yaml:7"), "a file that is not kept has no lines"
    shown = json.loads(switchboard("calls", "show", "one", "--json").out)
    assert shown["lines"] == {"ivr_flows/pin.flow.yaml:5": "- collect: {prompt: [red]PIN[/red], store: pin}"}


def test_the_project_serves_when_it_still_is_that_version(
    project: Path, redis: EmbeddedRedis, switchboard: Command
) -> None:
    own = load_project(project).bundle
    assert own is not None
    for call, bundle in (("same", own.id), ("other", "b9")):
        told = ToldCall(call).tell("call.initiated", {"caller": "1", "called": "2", "switch": "fs1"})
        told.tell("flow.started", {"flow": "hello", "bundle": bundle, "file": "ivr_flows/hello.flow.yaml"})
        record(redis, told.step("hello", "greet", 1, "play", 6))
    assert "hello.flow.yaml:6  - play: {id: welcome}" in switchboard("calls", "show", "same").out
    assert "welcome" not in switchboard("calls", "show", "other").out


def test_a_long_line_is_cut(redis: EmbeddedRedis, switchboard: Command) -> None:
    record(redis, ToldCall("one").begins())
    keep(redis, "b1", main="\n" * 6 + "    - play: " + "word " * 50)
    (line,) = [line for line in switchboard("calls", "show", "one").out.splitlines() if "greet[0]" in line]
    assert "- play: word word" in line
    assert line.rstrip().endswith("…")


def test_a_call_nobody_knows(redis: EmbeddedRedis, switchboard: Command) -> None:
    ran = switchboard("calls", "show", "two")
    assert ran.code == 2
    assert "there is no call two" in ran.err
