"""`flow check`: findings with their place, for people and for programs."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import FLOW, Command


def test_a_good_project_is_fine(project: Path, switchboard: Command) -> None:
    ran = switchboard("flow", "check")
    assert (ran.code, ran.err) == (0, "")
    assert "no errors" in ran.out


def test_an_error_has_its_place_and_a_guess(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_text(FLOW.replace('"1": sales', '"1": sals'))
    ran = switchboard("flow", "check")
    assert ran.code == 1
    assert "ivr_flows/hello.flow.yaml:9:" in ran.out
    assert 'error: no block "sals", did you mean "sales"?' in ran.out
    assert "1 error" in ran.out
    assert "\x1b" not in ran.out, "no colours for a pipe"


def test_findings_as_json(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_text("flow: [")
    ran = switchboard("flow", "check", "--json")
    assert ran.code == 1
    (first,) = [found for found in json.loads(ran.out) if found["file"] == "ivr_flows/hello.flow.yaml"]
    assert (first["severity"], first["rule"]) == ("error", "yaml-syntax")
    assert {"line", "column", "message"} <= set(first)


def test_only_the_files_asked_for(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_text("flow: [")
    assert switchboard("flow", "check", "dialplans/main.yaml").code in (0, 1)
    assert "hello.flow.yaml" not in switchboard("flow", "check", "dialplans/main.yaml").out
    assert "hello.flow.yaml" in switchboard("flow", "check", "ivr_flows/hello.flow.yaml").out
    assert switchboard("flow", "check", str(project)).code == 1


def test_hostile_bytes_are_findings(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_bytes(b"\xff\xfe\x00flow: \x00")
    ran = switchboard("flow", "check")
    assert ran.code == 1
    assert "Traceback" not in ran.out + ran.err


def test_no_project(tmp_path: Path, switchboard: Command) -> None:
    assert "no project here" in switchboard("flow", "check", str(tmp_path)).err
    assert "no such file" in switchboard("flow", "check", str(tmp_path / "gone")).err


def test_strict_counts_warnings(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/prompts/en.yaml").write_text(
        "welcome: Welcome\nchoose: For sales, press 1.\nspare: Never said\n"
    )
    assert switchboard("flow", "check").code == 0
    assert "warning" in switchboard("flow", "check").out
    assert switchboard("flow", "check", "--strict").code == 1


def test_the_line_and_a_mark_under_the_column(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_text(FLOW.replace('"1": sales', '"1": sals'))
    lines = switchboard("flow", "check").out.splitlines()
    at = next(number for number, line in enumerate(lines) if "no block" in line)
    text, mark = lines[at + 1 : at + 3]
    assert text == '    9 |         choices: {"1": sals}'
    assert text[mark.index("^") : mark.index("^") + 4] == "sals"
    assert mark.strip() == "| " + " " * (mark.index("^") - mark.index("|") - 2) + "^~~~"


def test_colours_in_a_terminal(project: Path, switchboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    (project / "ivr_flows/hello.flow.yaml").write_text(FLOW.replace('"1": sales', '"1": sals'))
    assert "\x1b[1;31merror: " in switchboard("flow", "check").out


def test_sarif(project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_text("flow: [")
    ran = switchboard("flow", "check", "--format", "sarif")
    assert ran.code == 1
    (run,) = json.loads(ran.out)["runs"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert "ivr_flows/hello.flow.yaml" in places


def test_github_annotations(project: Path, switchboard: Command) -> None:
    assert switchboard("flow", "check", "--format", "github").out == ""
    (project / "ivr_flows/hello.flow.yaml").write_text(FLOW.replace('"1": sales', '"1": sals'))
    assert (
        "::error file=ivr_flows/hello.flow.yaml,line=9,col=" in switchboard("flow", "check", "--format", "github").out
    )


def test_what_is_suppressed_is_told(project: Path, switchboard: Command) -> None:
    hidden = "spare: Never said  # lint: disable=unused-prompt -- for the summer\n"
    (project / "ivr_flows/prompts/en.yaml").write_text(f"welcome: Welcome\nchoose: For sales, press 1.\n{hidden}")
    told = switchboard("flow", "check")
    assert told.code == 0
    assert "ivr_flows/prompts/en.yaml:3: suppressed: unused-prompt: for the summer" in told.out
    assert "no errors, no warnings, 1 suppressed" in told.out
    entries = json.loads(switchboard("flow", "check", "--json").out)
    assert [entry["suppressed"] for entry in entries] == ["for the summer"]
    assert "suppressed" not in switchboard("flow", "check", "dialplans/main.yaml").out
