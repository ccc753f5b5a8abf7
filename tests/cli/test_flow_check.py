"""`flow check`: findings with their place, for people and for programs."""

import json
from pathlib import Path

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
