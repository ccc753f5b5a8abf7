"""`api`: a process that serves until it is told to stop, or its parent ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cli.conftest import Command


@pytest.fixture
def api(project: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "SWITCHBOARD_API__PORT": "0", "SWITCHBOARD_LOG__FORMAT": "json"}
    argv = [sys.executable, "-m", "engine", "api", "--supervised"]
    process = subprocess.Popen(
        argv, cwd=project, env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])}, text=True,
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    yield process
    process.kill()
    process.wait()


def address_of(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if "serves the API" in line:
            return str(json.loads(line)["address"])
    raise AssertionError("it does not serve")


def test_a_key_of_the_command_line_opens_it(api: "subprocess.Popen[str]", switchboard: Command) -> None:
    address = address_of(api)
    key = switchboard("key", "create").out.strip()
    session = requests.Session()
    session.trust_env = False
    assert (
        session.get(f"{address}/v1/flows", headers={"X-API-Key": key}, timeout=10).json()["flows"][0]["name"] == "hello"
    )
    api.send_signal(signal.SIGTERM)
    _, err = api.communicate(timeout=10)
    assert api.returncode == 0
    assert re.search(r'"path":"/v1/flows"', err)
    assert key not in err


def test_it_ends_with_its_parent(api: "subprocess.Popen[str]") -> None:
    address_of(api)
    assert api.stdin is not None
    api.stdin.close()
    assert api.wait(10) == 0


def test_a_taken_port_is_told(project: Path, switchboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("SWITCHBOARD_API__PORT", str(taken.getsockname()[1]))
        ran = switchboard("api")
    assert ran.code == 2
    assert "cannot listen at 127.0.0.1" in ran.err
