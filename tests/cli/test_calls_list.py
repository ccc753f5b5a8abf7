"""`calls list`: live and recent calls, from a real Redis."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.calls_list import place_text, seconds_text
from engine.shell.embedded_redis import EmbeddedRedis
from tests.cli.conftest import Command
from tests.cli.recorded import record
from tests.shell.records.told import ToldCall


@pytest.fixture
def redis(project: Path) -> Iterator[EmbeddedRedis]:
    (project / "switchboard.toml").write_text("[webhooks]\nkeep_calls_hours = 8760\n")
    redis = EmbeddedRedis(project / "var/redis")
    redis.start()
    yield redis
    redis.stop()


def test_calls_are_listed_and_chosen_from(redis: EmbeddedRedis, switchboard: Command) -> None:
    record(redis, ToldCall("one").begins().ends("USER_BUSY", {"plan": "gold"}), ToldCall("two").begins("other"))
    record(redis, ToldCall("theirs", "acme").begins())
    lines = switchboard("calls", "list").out.splitlines()
    assert len(lines) == 3
    assert {line.split()[0] for line in lines[1:]} == {"one", "two"}
    [one] = [line for line in lines if line.startswith("one")]
    assert "USER_BUSY 1:05" in one
    assert "main > greet[0] play  ivr_flows/main.flow.yaml:7" in one

    def chosen(*options: str) -> list[str]:
        lines = switchboard("calls", "list", "--json", *options).out.splitlines()
        return [json.loads(line)["id"] for line in lines]

    assert chosen("--live") == chosen("--flow", "other") == ["two"]
    assert chosen("--cause", "USER_BUSY") == chosen("--tag", "plan=gold") == ["one"]
    assert chosen("--tenant", "acme") == ["theirs"]
    assert chosen("--caller", "nobody") == []
    assert "1 of 2" in switchboard("calls", "list", "-n", "1").out


def test_half_a_tag_is_explained(switchboard: Command) -> None:
    ran = switchboard("calls", "list", "--tag", "plan")
    assert ran.code == 2
    assert "plan: write NAME=VALUE" in ran.err


def test_nothing_to_list(redis: EmbeddedRedis, switchboard: Command) -> None:
    assert "no such calls of the tenant default" in switchboard("calls", "list").out


def test_a_redis_that_is_away_is_one_line(project: Path, switchboard: Command) -> None:
    (project / "switchboard.toml").write_text('redis_url = "redis://127.0.0.1:1/0"\n')
    ran = switchboard("calls", "list")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)


def test_hostile_text_does_nothing_to_the_terminal(redis: EmbeddedRedis, switchboard: Command) -> None:
    record(redis, ToldCall("one").begins(caller="\x1b[31m+44\n").tell("call.tagged", {"tags": {"a\x07": "\x1b]0;x"}}))
    for words in (("calls", "list"), ("calls", "show", "one")):
        out = switchboard(*words).out
        assert "\\x1b[31m+44\\n" in out
        assert not {"\x1b", "\x07"} & set(out)


def test_words() -> None:
    assert seconds_text({"duration_ms": 61_400}) == "1:01"
    assert seconds_text({"duration_ms": None}) == ""
    assert place_text(None) == ""
    assert place_text({"flow": "main", "block": "", "file": "x", "line": 0}) == "main"
