"""What every acceptance test may know of the switch it runs against, and how a switch in a child process is ended."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.acceptance.event_socket import EventSocket


@dataclass(frozen=True, slots=True)
class SwitchUnderTest:
    """A running switch on loopback. `agents` maps names to SIP passwords; gateway `carrier` dials `carrier_port`."""

    kind: Literal["sim", "freeswitch"]
    host: str
    esl_port: int
    esl_password: str
    trunk_sip_port: int
    agent_sip_port: int
    carrier_port: int
    domain: str
    agents: Mapping[str, str]
    sounds_dir: Path
    recordings_dir: Path
    treatment_after: float
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def trunk(self) -> tuple[str, int]:
        """Where callers send their INVITE."""
        return self.host, self.trunk_sip_port

    @property
    def agent_port(self) -> tuple[str, int]:
        """Where agents' phones register."""
        return self.host, self.agent_sip_port

    def connect(self) -> EventSocket:
        """A new, logged-in connection to the event socket."""
        return EventSocket(self.host, self.esl_port, self.esl_password)

    def dial_agent(self, name: str) -> str:
        """The dial string of a registered agent."""
        return f"sofia/agents/{name}%{self.domain}"


def wait_until_up(process: subprocess.Popen[bytes], is_up: Callable[[], bool], log_file: Path, timeout: float) -> None:
    """Wait until a switch serves. Raises RuntimeError with the end of its log when it ends or takes too long."""
    deadline = time.monotonic() + timeout
    while not is_up():
        if process.poll() is not None:
            raise RuntimeError(f"the switch ended with {process.returncode}\n{tail(log_file)}")
        if time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the switch did not come up in {timeout} s\n{tail(log_file)}")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a switch: politely, then not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts TCP connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0


def tail(file: Path, since: int = 0) -> str:
    """The text of a log from byte `since`, its last 200 lines."""
    if not file.exists():
        return f"({file} does not exist)"
    with file.open("rb") as log:
        log.seek(since)
        return "\n".join(log.read().decode(errors="replace").splitlines()[-200:])
