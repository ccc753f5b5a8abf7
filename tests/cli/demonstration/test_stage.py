"""The stage of the demonstration: everything up, the agent's phone known to the switch, all gone afterwards."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.cli.demonstration.stage import set_up
from engine.config import load_settings
from engine.shell.embedded_redis import read_address
from engine.shell.prompts import Rendered


@pytest.mark.sip
def test_everything_is_up_and_then_gone(project: Path) -> None:
    settings = load_settings(environment={}, directory=project)
    steps: list[Rendered] = []
    with ExitStack() as stack:
        stage = set_up(settings, project / "demo", stack, steps.append)
        assert list(stage.reader().past()) == []
        assert steps[-1].done == steps[-1].total > 0
        assert steps[-1].failed == ()
        assert stage.switch[1] > 0
    assert read_address(project / "demo/state/redis") is None
    assert "switch connected" in (project / "demo/engine.log").read_text()
