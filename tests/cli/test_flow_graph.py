"""`flow graph`: pictures of flows, printed or written, shaded by calls or coverage."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def test_a_flow_as_mermaid(project: Path, switchboard: Command) -> None:
    ran = switchboard("flow", "graph", "hello")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("flowchart TD\n")
    assert "“For sales, press 1.”" in ran.out, "what callers hear, not its id"


def test_the_project(project: Path, switchboard: Command) -> None:
    flows = switchboard("flow", "graph").out
    assert "called by +442079460000" in flows
    assert "sales" not in flows
    blocks = switchboard("flow", "graph", "--blocks").out
    assert "subgraph" in blocks
    assert "<b>sales</b>" in blocks


def test_the_format_follows_the_file(project: Path, switchboard: Command) -> None:
    assert switchboard("flow", "graph", "hello", "-o", "a.dot").out == "a.dot\n"
    assert (project / "a.dot").read_text().startswith("digraph")
    switchboard("flow", "graph", "hello", "-o", "a.dot", "--format", "mermaid")
    assert (project / "a.dot").read_text().startswith("flowchart")
    assert "cannot be written" in switchboard("flow", "graph", "-o", "none/a.dot").err


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_svg(project: Path, switchboard: Command) -> None:
    assert "<svg" in switchboard("flow", "graph", "hello", "--format", "svg").out


def test_without_graphviz(project: Path, switchboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    ran = switchboard("flow", "graph", "hello", "--format", "svg")
    assert (ran.code, ran.out) == (2, "")
    assert "apt-get install graphviz" in ran.err


def test_no_such_flow(project: Path, switchboard: Command) -> None:
    ran = switchboard("flow", "graph", "helo")
    assert ran.code == 2
    assert "no flow helo (known: apology, hello, unclaimed)" in ran.err


def test_coverage(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.test.yaml").write_text(
        "flow: hello\ncases:\n  - name: nobody is there\n    dialogue: [{silence: 3}]\n    expect: {end: hangup}\n"
    )
    tested = switchboard("flow", "test", "--coverage-json", "coverage.json")
    assert tested.code == 0, tested.out
    shown = switchboard("flow", "graph", "hello", "--coverage", "coverage.json").out
    assert "<b>greet</b> · 3/3" in shown
    assert "<b>sales</b> · 0/1" in shown
    assert "<b>■ bye</b> · 2/2" in shown
    assert "fill:#dcfce7" in shown
    rows = switchboard("flow", "graph", "hello", "--coverage", "coverage.json", "--format", "dot").out
    assert 'ALIGN="RIGHT" PORT="r2_0" BGCOLOR="#fee2e2"' in rows, "key 1 was never pressed"
    assert "cannot be read" in switchboard("flow", "graph", "--coverage", "gone.json").err
    (project / "coverage.json").write_text("{")
    assert "coverage.json is no JSON" in switchboard("flow", "graph", "--coverage", "coverage.json").err


def test_calls_that_are_and_that_were(project: Path, redis: EmbeddedRedis, switchboard: Command) -> None:
    record(
        redis,
        ToldCall("one").begins("hello").step("hello", "sales", 0, "transfer", 11),
        ToldCall("two").begins("hello"),
        ToldCall("three").begins("hello").ends(),
        ToldCall("four", "acme").begins("hello"),
    )
    now = switchboard("flow", "graph", "hello", "--calls").out
    assert "<b>sales</b> · 1" in now
    assert "<b>greet</b> · 1" in now, "neither calls that ended nor those of another tenant"
    ended = switchboard("flow", "graph", "hello", "--ended").out
    assert "<b>greet</b> · 1" in ended
    assert "<b>sales</b><" in ended
    assert "<b>hello</b> · 2" in switchboard("flow", "graph", "--calls").out
