"""The simulation as a process of its own."""

import json
import signal
import subprocess
import sys

import pytest

from engine.sim.serve import settings_of
from tests.sim.event_socket import EventSocket


def test_it_serves_until_told_to_stop() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.sim.serve", "--user", "1001:secret"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        assert ports["what"] == "simulated switch, not FreeSWITCH"
        client = EventSocket(ports["esl_port"])
        assert client.api("show channels as json") == '{"row_count":0}'
        process.send_signal(signal.SIGTERM)
        client.wait(lambda: client.closed, "the end of the connection")
        assert process.wait(10) == 0
        client.close()
    finally:
        process.kill()
        process.wait()


def test_the_command_line() -> None:
    settings = settings_of(["--gateway", "main=192.0.2.1:5060", "--rtp-ports", "20000-21000", "--user", "a:b:c"])
    assert (settings.gateways, settings.rtp_ports, settings.users) == (
        {"main": "192.0.2.1:5060"}, (20000, 21000), {"a": "b:c"},
    )  # fmt: skip


@pytest.mark.parametrize("wrong", [["--rtp-ports", "5"], ["--user", "nobody"], ["--esl-port", "x"]])
def test_a_wrong_command_line_exits(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        settings_of(wrong)
