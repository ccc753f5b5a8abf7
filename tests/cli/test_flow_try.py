"""`flow try`: a dialogue by lines of text."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Ran

Talk = Callable[..., Ran]


@pytest.fixture
def talk(switchboard: Command, monkeypatch: pytest.MonkeyPatch, project: Path) -> Talk:
    def say(*lines: str, options: tuple[str, ...] = ("hello",)) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(line + "\n" for line in lines)))
        return switchboard("flow", "try", *options)

    return say


def test_a_caller_presses_a_key_and_talks_to_an_agent(talk: Talk) -> None:
    ran = talk("1", "/bye")
    assert ran.code == 0
    assert "caller hears  Welcome" in ran.out
    assert "caller presses  1" in ran.out
    assert "connected with user/alice" in ran.out
    assert "end  hangup" in ran.out


def test_what_whoever_is_rung_does(talk: Talk) -> None:
    ran = talk("/busy", "1")
    assert "caller hears  Goodbye" in ran.out


def test_silence_and_the_end_of_input(talk: Talk) -> None:
    assert "caller hears  Goodbye" in talk("", "", "").out
    assert "caller_hangup" in talk().out


def test_the_number_chooses_the_flow(talk: Talk) -> None:
    assert "flow hello" in talk("/quit", options=()).out
    assert "flow unclaimed" in talk("/quit", options=("--number", "+4420")).out


def test_an_unknown_flow(talk: Talk) -> None:
    ran = talk(options=("helo",))
    assert ran.code == 2
    assert "no flow helo (known: apology, hello, unclaimed)" in ran.err


def test_nonsense_shows_the_help(talk: Talk) -> None:
    assert talk("what now", "/speak x", "/quit").out.count("an empty line is silence") == 3


def test_quiet_shows_only_what_is_heard_and_pressed(talk: Talk) -> None:
    ran = talk("1", "/bye", options=("hello", "--quiet"))
    assert "caller hears" in ran.out
    assert " step " not in ran.out


def test_a_request_is_answered_by_the_author(talk: Talk, project: Path) -> None:
    (project / "ivr_flows/ask.flow.yaml").write_text(
        "flow: ask\nvars:\n  tier: {type: string}\nstart: a\nblocks:\n  a:\n    - answer:\n"
        "    - http: {url: 'http://127.0.0.1/x', save: {tier: response.json.tier}}\n      on_error: {any: failed}\n"
        "    - play: ${vars.tier}\n    - hangup:\n  failed:\n    - play: It failed\n    - hangup:\n"
    )
    assert "caller hears  gold" in talk('200 {"tier": "gold"}', options=("ask",)).out
    assert "caller hears  It failed" in talk("", options=("ask",)).out


def test_a_dialogue_is_recorded_as_a_test(talk: Talk, project: Path, switchboard: Command) -> None:
    file = "ivr_flows/held.test.yaml"
    assert talk("/busy", "1", options=("hello", "--record", file)).code == 0
    ran = switchboard("flow", "test", "--verbose")
    assert (ran.code, ran.err) == (0, ""), (project / file).read_text() + ran.out
    assert "pass recorded" in ran.out
    assert "the file exists" in talk("1", options=("hello", "--record", file)).err
    assert talk("/hangup", options=("hello", "--record", "no/folder/x.test.yaml")).code == 2
