"""`flow test`: what passes, what fails and where, what is covered, and what CI servers are told."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Command
from tests.rules.source import ROOT

TESTS = """\
flow: hello
cases:
  - name: the sales line
    dialogue:
      - hear: [welcome, choose]
      - press: "1"
    expect: {end: transfer user/alice}
  - name: nothing is pressed
    dialogue: [silence: 3, hear: Goodbye]
    expect: {end: hangup}
"""


@pytest.fixture
def tests(project: Path) -> Path:
    file = project / "ivr_flows/hello.test.yaml"
    file.write_text(TESTS)
    return file


def test_all_pass(tests: Path, switchboard: Command) -> None:
    ran = switchboard("flow", "test")
    assert (ran.code, ran.err) == (0, "")
    assert "2 passed" in ran.out
    assert "\x1b" not in ran.out, "no colours for a pipe"
    assert "pass nothing is pressed  ivr_flows/hello.test.yaml:8:11" in switchboard("flow", "test", "--verbose").out


def test_a_failure_shows_its_line_and_both_sides(tests: Path, switchboard: Command) -> None:
    tests.write_text(TESTS.replace("user/alice", "user/ben").replace("Goodbye", "Farewell"))
    ran = switchboard("flow", "test")
    assert ran.code == 1
    assert "FAIL the sales line  ivr_flows/hello.test.yaml:3:11" in ran.out
    assert (
        "  ivr_flows/hello.test.yaml:7:14: end\n"
        "      expected  transfer user/ben\n"
        "      got       transfer user/alice\n"
    ) in ran.out
    assert "ivr_flows/hello.test.yaml:9:34: hear" in ran.out
    assert "hear  Welcome" in ran.out, "the end of the dialogue"
    assert "2 failed, 0 passed" in ran.out


def test_mistakes_in_test_files_are_findings(tests: Path, switchboard: Command) -> None:
    tests.write_text(TESTS.replace("press:", "pres:"))
    ran = switchboard("flow", "test")
    assert ran.code == 1
    assert 'ivr_flows/hello.test.yaml:6:9: error: unknown field "pres"' in ran.out
    assert 'did you mean "press"?' in ran.out
    assert "not performed" in ran.out
    checked = switchboard("flow", "check")
    assert checked.code == 1
    assert "ivr_flows/hello.test.yaml:6:9" in checked.out


def test_a_broken_project_is_told_first(tests: Path, project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_text("flow: [")
    ran = switchboard("flow", "test")
    assert ran.code == 1
    assert "hello.flow.yaml:2:1: error" in ran.out


def test_some_of_the_cases(tests: Path, project: Path, switchboard: Command) -> None:
    (project / "ivr_flows/more").mkdir()
    other = project / "ivr_flows/more/other.test.yaml"
    other.write_text(TESTS.replace("hangup", "waiting"))
    assert switchboard("flow", "test", str(tests)).code == 0
    assert switchboard("flow", "test", "ivr_flows/more").code == 1
    assert "1 passed" in switchboard("flow", "test", str(other), "-k", "SALES").out
    assert "3 passed" in switchboard("flow", "test").out


def test_no_tests(project: Path, switchboard: Command, tmp_path: Path) -> None:
    ran = switchboard("flow", "test")
    assert ran.code == 2
    assert "no tests here" in ran.err
    (project / "ivr_flows/hello.test.yaml").write_text(TESTS)
    assert "'nonsense' in its name" in switchboard("flow", "test", "-k", "nonsense").err
    assert switchboard("flow", "test", "gone.test.yaml").code == 2


def test_junit(tests: Path, project: Path, switchboard: Command) -> None:
    tests.write_text(TESTS.replace("hangup", "waiting"))
    assert switchboard("flow", "test", "--junit", "out/tests.xml").code == 1
    root = ET.fromstring((project / "out/tests.xml").read_text())
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert "tests.xml" in switchboard("flow", "test", "--junit", "hello.test.yaml/tests.xml").err
    (project / "file").write_text("")
    assert switchboard("flow", "test", "--junit", "file/tests.xml").code == 2


def test_coverage_by_file_and_line(tests: Path, project: Path, switchboard: Command) -> None:
    ran = switchboard("flow", "test", "--coverage")
    assert ran.code == 0
    assert "ivr_flows/hello.flow.yaml:11:19: not covered: hello: menu invalid then" in ran.out
    assert "ivr_flows/hello.flow.yaml:10:20" not in ran.out, "silence was tried"
    assert switchboard("flow", "test", "--cov-min", "50").code == 0
    too_little = switchboard("flow", "test", "--cov-min", "100")
    assert too_little.code == 1
    assert "100 % are asked" in too_little.out
    switchboard("flow", "test", "--coverage-json", "cov.json")
    points = json.loads((project / "cov.json").read_text())
    assert {"flow", "kind", "label", "file", "line", "column", "covered"} == set(points[0])


def test_several_processes_come_to_the_same(tests: Path, project: Path, switchboard: Command) -> None:
    """In a process of its own: this one has greenlets that a child must not have."""
    tests.write_text(TESTS.replace("hangup", "waiting"))
    one = switchboard("flow", "test", "--coverage", "--jobs", "1")
    command = [sys.executable, "-m", "engine", "flow", "test", "--coverage", "--jobs", "2"]
    two = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (two.returncode, two.stderr) == (one.code, "")
    wanted = [line for line in one.out.splitlines() if "calls/s" not in line]
    assert [line for line in two.stdout.splitlines() if "calls/s" not in line] == wanted


def test_the_shipped_flows_pass_and_every_way_is_tried(switchboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ran = switchboard("flow", "test", "--coverage", "--cov-min", "100")
    assert ran.code == 0, ran.out
    assert "not covered" not in ran.out


def test_the_tests_shown_to_authors_pass(project: Path, switchboard: Command) -> None:
    for file in [*(ROOT / "ivr_flows").rglob("*.yaml"), *(ROOT / "dialplans").rglob("*.yaml")]:
        if not file.name.endswith(".test.yaml"):
            copy = project / "shown" / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.read_text("utf-8"), "utf-8")
    shown = re.findall(r"```yaml\n(flow: .*?)```", (ROOT / "docs/flow-tests.md").read_text("utf-8"), re.DOTALL)
    for number, text in enumerate(shown):
        (project / f"shown/ivr_flows/{number}.test.yaml").write_text(text)
    ran = switchboard("flow", "test", "shown")
    assert ran.code == 0, ran.out
    assert f"{sum(text.count('- name:') for text in shown) + 2} passed" in ran.out
