"""`flow schema`: files an editor reads."""

import json
from pathlib import Path

from tests.cli.conftest import Command


def test_all_schemas_are_written(project: Path, switchboard: Command) -> None:
    assert switchboard("flow", "schema", "--output", "schemas").code == 0
    names = {file.name for file in (project / "schemas").iterdir()}
    assert {"flow.schema.json", "project.schema.json", "dialplan.schema.json", "prompts.schema.json"} <= names
    for file in (project / "schemas").iterdir():
        assert json.loads(file.read_text())["$schema"]


def test_one_is_printed(project: Path, switchboard: Command) -> None:
    assert "menu" in json.dumps(json.loads(switchboard("flow", "schema", "flow").out))
    assert "no schema flw" in switchboard("flow", "schema", "flw").err
