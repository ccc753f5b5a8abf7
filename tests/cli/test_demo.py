"""`demo`: says what is missing when the flow does not do what the callers need."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import FLOW


@pytest.mark.sip
def test_a_flow_without_a_menu_is_not_proven(project: Path) -> None:
    text = FLOW.replace("    - menu:", "    - hangup:\n  later:\n    - menu:").replace("start: greet", "start: greet")
    (project / "ivr_flows/hello.flow.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "engine", "demo"], cwd=project, capture_output=True, text=True, check=False, timeout=120
    )
    last = done.stdout.splitlines()[-1]
    assert done.returncode == 1, done.stdout + done.stderr
    assert last.startswith("demo: failed: ")
    assert "Ann was connected" in last
    assert "demo: ok" not in done.stdout
