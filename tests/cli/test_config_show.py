"""`config show`: what it prints is itself a settings file, and holds no secret."""

import json
import tomllib
from pathlib import Path

from tests.cli.conftest import Command

TEXT = """\
tenant = "acme"
redis_url = "redis://:hunter2@h:6379/0"
[tts.voices]
en = "en-us"
[[switches]]
name = "fs1"
password = "hunter3"
"""


def test_it_is_toml_without_secrets(project: Path, switchboard: Command) -> None:
    (project / "switchboard.toml").write_text(TEXT)
    ran = switchboard("config", "show")
    assert ran.code == 0
    assert "hunter" not in ran.out
    shown = tomllib.loads(ran.out)
    assert shown["tenant"] == "acme"
    assert shown["tts"]["voices"] == {"en": "en-us"}
    assert shown["switches"][0]["name"] == "fs1"
    assert shown["redis_url"] == "redis://**********@h:6379/0"


def test_it_is_json_on_demand(project: Path, switchboard: Command) -> None:
    assert json.loads(switchboard("config", "show", "--json").out)["project_dir"] == str(project)
