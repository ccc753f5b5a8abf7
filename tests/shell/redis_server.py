"""A real redis-server on a free port of this machine. Without one installed the tests fail; they are not skipped."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import redis

from tests.shell.waiting import eventually


class RedisServer:
    """One redis-server with an append-only file in `folder`; `kill` and `start` again keep what was written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> "redis.Redis":
        """A client of the test's own."""
        return redis.Redis.from_url(self.url, protocol=2)

    def start(self) -> None:
        """Start and wait until it answers."""
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", "",
             "--appendonly", "yes", "--appendfsync", "always"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        eventually(self._answers, "redis-server")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "redis-server ended"
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        """End it without a warning."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it, however it is."""
        if self._process is not None:
            self.thaw()
            self.kill()

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # somebody else ended it
                os.kill(self._process.pid, number)
