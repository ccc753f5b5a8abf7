"""The command line: finds commands by their words, explains mistakes, never shows a traceback."""

from pathlib import Path

import pytest

from engine.cli.main import command_words, load_command
from tests.cli.conftest import Command


def test_every_command_is_found_and_described(switchboard: Command) -> None:
    words = [" ".join(command) for command in command_words()]
    for known in ("run", "flow check", "flow try", "flow schema", "route", "events", "sim", "demo", "config show"):
        assert known in words
    for known in ("freeswitch-conf", "prompts status", "prompts render", "docs"):
        assert known in words
    shown = switchboard("--help")
    assert shown.code == 0
    for command in command_words():
        assert load_command(command).HELP in shown.out
    assert switchboard().out == shown.out


def test_a_group_lists_its_commands(switchboard: Command) -> None:
    shown = switchboard("flow")
    assert shown.code == 0
    assert "flow check" in shown.out
    assert "events" not in shown.out


@pytest.mark.parametrize(
    ("said", "meant"),
    [(["flow", "chek"], "flow check"), (["rout"], "route"), (["demmo"], "demo"), (["call", "list"], "calls list")],
)
def test_a_mistyped_command_is_guessed(switchboard: Command, said: list[str], meant: str) -> None:
    ran = switchboard(*said)
    assert ran.code == 2
    assert f"did you mean `{meant}`?" in ran.err


def test_a_command_that_is_like_none_is_told_where_all_are(switchboard: Command) -> None:
    assert (
        switchboard("frobnicate").err == "switchboard: no such command: frobnicate; `switchboard` lists all of them\n"
    )


def test_a_wrong_option_is_explained(switchboard: Command) -> None:
    ran = switchboard("route")
    assert ran.code == 2
    assert "number" in ran.err


def test_errors_are_one_line(switchboard: Command, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("tenent = 1\n")
    ran = switchboard("config", "show", "--config", str(file))
    assert ran.code == 2
    assert ran.err.startswith("switchboard: ")
    assert 'did you mean "tenant"' in ran.err
    assert "Traceback" not in ran.err


def test_version(switchboard: Command) -> None:
    assert switchboard("--version").out.startswith("switchboard 0.")
