from pathlib import Path

from engine.flow.check import CHECKS, check
from tests.flow.author import loaded, project


def test_every_file_of_checks_is_found():
    folder = Path(check.__code__.co_filename).parent / "checks"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {function.__module__.rpartition(".")[2] for function in CHECKS} == modules


def test_all_groups_look_at_a_project():
    text = """\
flow: main
blocks:
  a:
    - switch: {value: call.caller, cases: {x: a}}
    - goto: b
  c:
    - hangup:
"""
    rules = {finding.rule for finding in loaded(project(text)).findings}
    assert {"unknown-target", "switch-without-default"} <= rules
