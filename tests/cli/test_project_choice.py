"""Options several commands share: the project and the time."""

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.cli.project_choice import chosen_bundle, chosen_folder, chosen_time
from engine.core.errors import ControlError


def test_the_option_goes_before_the_settings(project: Path, tmp_path: Path) -> None:
    (project / "switchboard.toml").write_text('project_dir = "elsewhere"\n')
    assert chosen_folder(Namespace(project=None, config=None)) == project / "elsewhere"
    assert chosen_folder(Namespace(project=project, config=None)) == project


def test_a_time_is_read_in_the_zone_of_the_project() -> None:
    winter = datetime(2026, 12, 25, 9, 0, tzinfo=UTC).timestamp()
    assert chosen_time("2026-12-25T10:00", "Europe/Paris") == winter
    assert chosen_time("2026-12-25T09:00+00:00", "Europe/Paris") == winter
    with pytest.raises(ControlError, match="write a time"):
        chosen_time("soon", "Europe/Paris")


def test_a_broken_project_is_refused_with_its_errors(project: Path) -> None:
    assert "hello" in chosen_bundle(Namespace(project=project, config=None)).flows
    (project / "ivr_flows/hello.flow.yaml").write_text("flow: [")
    with pytest.raises(ControlError, match=r"hello\.flow\.yaml:2:1: error: "):
        chosen_bundle(Namespace(project=project, config=None))
