"""`deliver`: a process of its own that ends when it is told, or with its parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.shell.embedded_redis import read_address
from engine.webhooks.secret import new_secret
from tests.cli.conftest import Command
from tests.cli.test_run import read_until


def start(project: Path, *arguments: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "engine", "deliver", *arguments], cwd=project, stdin=stdin, stderr=subprocess.PIPE,
        text=True, env=os.environ,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_delivers_until_it_is_told_to_stop(project: Path, number: signal.Signals) -> None:
    child = start(project)
    read_until(child, "delivers events to webhooks")
    assert read_address(project / "var/redis") is not None, "it found or started the Redis of the installation"
    child.send_signal(number)
    rest = read_until(child, "$^")
    assert child.wait(20) == 0, rest
    assert "Traceback" not in rest
    assert read_address(project / "var/redis") is None


def test_supervised_it_ends_with_its_standard_input(project: Path) -> None:
    child = start(project, "--supervised", stdin=subprocess.PIPE)
    read_until(child, "delivers events to webhooks")
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(20) == 0


def test_a_key_that_is_none_is_explained(project: Path, switchboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_INSTALLATION_KEY", new_secret(bytes(32)).text)
    ran = switchboard("deliver")
    assert ran.code == 2
    assert "installation_key" in ran.err
