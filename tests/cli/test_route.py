"""`route`: where a number goes, and why."""

import json
from pathlib import Path

from tests.cli.conftest import Command


def test_a_claimed_number(project: Path, switchboard: Command) -> None:
    ran = switchboard("route", "020 7946 0000", "--at", "2026-12-25T10:00")
    assert ran.code == 0
    assert "+442079460000 -> flow hello" in ran.out
    assert 'by the rule "main line", dialplans/main.yaml:2' in ran.out


def test_a_number_nobody_claims(project: Path, switchboard: Command) -> None:
    ran = switchboard("route", "+442079469999")
    assert ran.code == 1
    assert "no rule claims it; flow unclaimed" in ran.out
    assert "the number called is not +442079460000" in ran.out


def test_as_json(project: Path, switchboard: Command) -> None:
    assert json.loads(switchboard("route", "+442079460000", "--json").out)["flow"] == "hello"


def test_a_wrong_time(project: Path, switchboard: Command) -> None:
    assert "write a time such as" in switchboard("route", "1", "--at", "tomorrow").err


def test_a_broken_project(project: Path, switchboard: Command) -> None:
    (project / "dialplans/main.yaml").write_text("rules: 7")
    ran = switchboard("route", "1")
    assert ran.code == 2
    assert "dialplans/main.yaml:1:" in ran.err
