"""The smallest client of the event socket: it shares no code with the engine, so that it cannot share its mistakes."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

Event = Mapping[str, Any]


class EventSocket:
    """One connection, logged in with `password`. Raises ConnectionError when the login is refused."""

    def __init__(self, host: str, port: int, password: str, *, timeout: float = 10.0) -> None:
        self._socket = socket.create_connection((host, port), timeout)
        self._received = bytearray()
        self._events: deque[Event] = deque()
        self._read_until("auth/request")
        if not self._ask(f"auth {password}").startswith("+OK"):
            self.close()
            raise ConnectionError("the switch refused the password")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls go on."""
        self._socket.close()

    def subscribe(self, *names: str) -> None:
        """Take these events from now on."""
        assert self._ask("event json " + " ".join(names)).startswith("+OK")

    def api(self, command: str) -> str:
        """The whole answer to an API command."""
        self._send(f"api {command}\n\n")
        return self._read_until("api/response")[1].decode(errors="replace")

    def background(self, command: str) -> None:
        """Start an API command; its answer is an event."""
        assert self._ask(f"bgapi {command}").startswith("+OK")

    def execute(self, uuid: str, application: str, argument: str = "", *, ask: str = "") -> str:
        """Run an application on a channel; the reply comes when it is queued, not when it ends."""
        body = argument.encode()
        head = f"sendmsg {uuid}\ncall-command: execute\nexecute-app-name: {application}\nevent-lock: true\n"
        head += f"Event-UUID: {ask}\n" if ask else ""
        head += f"content-type: text/plain\ncontent-length: {len(body)}\n\n" if body else "\n"
        self._socket.sendall(head.encode() + body)
        return str(self._read_until("command/reply")[0].get("Reply-Text", ""))

    def wait_event(self, name: str, where: Callable[[Event], bool] = lambda _: True, timeout: float = 10.0) -> Event:
        """The first event of this name for which `where` holds, read so far or to come; earlier ones are dropped.

        Raises TimeoutError, naming what did come.
        """
        deadline = time.monotonic() + timeout
        seen = []
        while True:
            while self._events:
                event = self._events.popleft()
                if event.get("Event-Name") == name and where(event):
                    return event
                seen.append(event.get("Event-Name"))
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"no {name} in {timeout} s; there were {seen}")
            self._socket.settimeout(remaining)
            try:
                self._read_frame()
            except TimeoutError:
                continue
            finally:
                self._socket.settimeout(10.0)

    def _ask(self, command: str) -> str:
        self._send(command + "\n\n")
        return str(self._read_until("command/reply")[0].get("Reply-Text", ""))

    def _send(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def _read_until(self, kind: str) -> tuple[dict[str, str], bytes]:
        while True:
            headers, body = self._read_frame()
            if headers.get("Content-Type") == kind:
                return headers, body

    def _read_frame(self) -> tuple[dict[str, str], bytes]:
        """Read one frame; an event among them is kept for `wait_event`. Raises ConnectionError when the stream ends."""
        while (end := self._received.find(b"\n\n")) < 0:
            self._receive()
        lines = self._received[:end].decode(errors="replace").split("\n")
        headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        size = end + 2 + int(headers.get("Content-Length", 0))
        while len(self._received) < size:  # nothing is consumed before the frame is whole: a wait may time out here
            self._receive()
        body = bytes(self._received[end + 2 : size])
        del self._received[:size]
        if headers.get("Content-Type") == "text/event-json":
            self._events.append(json.loads(body.decode(errors="replace")))
        return headers, body

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the switch closed the event socket")
        self._received += data
