"""A phone: SIPp speaks SIP for it, an `Ear` is its handset."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import gevent
from gevent import subprocess

from engine.core.errors import ControlError
from engine.sim.ear import Ear

SCENARIOS = Path(__file__).parent / "scenarios"
HOST = "127.0.0.1"
LAST_WORDS = 600
LIFE_SECONDS = 180
"""A phone whose demonstration was killed ends by itself."""


class Phone:
    """One SIPp with one call. Its files are in `folder`."""

    def __init__(
        self,
        scenario: str,
        folder: Path,
        *,
        service: str,
        remote: tuple[str, int] | None = None,
        login: tuple[str, str] | None = None,
        stays: float = 0.0,
        keywords: Mapping[str, str | int] | None = None,
    ) -> None:
        """`remote` is whom it calls, else it waits to be called; `stays` the seconds of the scenario's open pause."""
        folder.mkdir(parents=True, exist_ok=True)
        self.ear = Ear(HOST)
        self.port = free_port()
        self._log = folder / f"{scenario}.log"
        words = {"ear_port": self.ear.port, **(keywords or {})}
        command = ["sipp", *([f"{remote[0]}:{remote[1]}"] if remote else [])]
        command += ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", HOST, "-p", str(self.port), "-s", service]
        command += ["-m", "1", "-l", "1", "-d", str(round(stays * 1000)), "-nostdin", "-skip_rlimit"]
        command += ["-timeout", str(LIFE_SECONDS)]
        command += ["-au", login[0], "-ap", login[1]] if login else []
        command += [part for name, value in words.items() for part in ("-key", name, str(value))]
        command += ["-trace_err", "-error_file", str(self._log.with_suffix(".errors"))]
        command += ["-trace_msg", "-message_file", str(self._log.with_suffix(".sip"))]
        with self._log.open("wb") as output:
            try:
                self._child = subprocess.Popen(
                    command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    env={**os.environ, "TERM": "dumb"},
                )  # fmt: skip
            except OSError as error:
                raise ControlError(f"sipp cannot be started ({error.strerror}): apt-get install sip-tester") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        self.ear.close()

    def wait_bound(self, timeout: float = 10.0) -> None:
        """Wait until it listens for calls. Raises ControlError with SIPp's last words."""
        with gevent.Timeout(timeout, ControlError(f"SIPp does not listen\n{self.last_words()}")):
            while not _taken(self.port):
                if self._child.poll() is not None:
                    raise ControlError(f"SIPp ended at once\n{self.last_words()}")
                gevent.sleep(0.02)

    def went_well(self, timeout: float) -> bool:
        """Wait for the end of the scenario; whether every message of it came as it should."""
        try:
            return bool(self._child.wait(timeout) == 0)
        except subprocess.TimeoutExpired:
            return False

    def last_words(self) -> str:
        """What SIPp complained about."""
        for file in (self._log.with_suffix(".errors"), self._log):
            if file.exists() and (text := file.read_text("utf-8", "replace").strip()):
                return text[-LAST_WORDS:]
        return ""


def free_port() -> int:
    """A UDP port nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
