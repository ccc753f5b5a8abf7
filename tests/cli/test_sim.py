"""`sim`: the simulated switch alone says its ports and stops when told."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path


def test_it_says_its_ports_and_serves(project: Path) -> None:
    ports = {"SWITCHBOARD_SIM__SIP_PORT": "0", "SWITCHBOARD_SIM__AGENT_SIP_PORT": "0"}
    command = [sys.executable, "-m", "engine", "sim", "--password", "long-and-random"]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, text=True, env={**os.environ, **ports}
    ) as child:
        assert child.stdout is not None
        said = json.loads(child.stdout.readline())
        with socket.create_connection(("127.0.0.1", said["esl_port"]), 10) as client:
            assert client.recv(100).startswith(b"Content-Type: auth/request")
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
