"""An event-socket client for tests, independent of the engine's own."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event as Signal

DEADLINE = 15.0


class EventSocket:
    """Connects, authenticates, and keeps what comes in two lists: replies and events."""

    def __init__(self, port: int, password: str | None = "ClueCon", events: str | None = "json ALL") -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile("rb")
        self.replies: list[dict[str, str]] = []
        self.events: list[dict[str, Any]] = []
        self.raw_events: list[bytes] = []
        self.closed = False
        self.taken = 0
        self._news = Signal()
        self._reader = gevent.spawn(self._read)
        if password is not None:
            assert self.next_reply()["Content-Type"] == "auth/request"
            assert self.command(f"auth {password}")["Reply-Text"] == "+OK accepted"
            if events:
                assert self.command(f"event {events}")["Reply-Text"].startswith("+OK event listener enabled")

    def close(self) -> None:
        self._reader.kill()
        self.sock.close()

    def _read(self) -> None:
        try:
            while True:
                headers: dict[str, str] = {}
                while line := self.file.readline():
                    if line == b"\n":
                        break
                    key, _, value = line.decode().rstrip("\n").partition(": ")
                    headers[key] = value
                else:
                    break
                body = self.file.read(int(headers.get("Content-Length", "0")))
                if headers.get("Content-Type") == "text/event-json":
                    self.raw_events.append(body)
                    self.events.append(json.loads(body.decode("utf-8", "replace")))
                elif headers.get("Content-Type") == "text/event-plain":
                    self.raw_events.append(body)
                else:
                    headers["_body"] = body.decode("utf-8", "replace")
                    self.replies.append(headers)
                self._news.set()
        except OSError:
            pass
        self.closed = True
        self._news.set()

    def wait(self, condition: Callable[[], Any], what: str, deadline: float = DEADLINE) -> Any:
        """What the condition says once it says something."""
        end = time.monotonic() + deadline
        while not (result := condition()):
            self._news.clear()
            left = end - time.monotonic()
            assert left > 0, f"{what} did not come; last events: {[e.get('Event-Name') for e in self.events][-12:]}"
            self._news.wait(min(left, 0.02))
        return result

    def next_reply(self) -> dict[str, str]:
        self.wait(lambda: len(self.replies) > self.taken, "a reply")
        self.taken += 1
        return self.replies[self.taken - 1]

    def send(self, text: str) -> None:
        self.sock.sendall(text.encode("utf-8", "surrogateescape"))

    def command(self, text: str) -> dict[str, str]:
        self.send(text + "\n\n")
        return self.next_reply()

    def api(self, text: str) -> str:
        reply = self.command("api " + text)
        assert reply["Content-Type"] == "api/response"
        return reply["_body"]

    def execute(self, call: str, application: str, argument: str = "", *, lock: bool = True) -> str:
        """Send an application; its id."""
        label = str(uuid.uuid4())
        body = argument.encode("utf-8", "surrogateescape")
        head = f"sendmsg {call}\ncall-command: execute\nexecute-app-name: {application}\nEvent-UUID: {label}\n"
        head += "event-lock: true\n" if lock else ""
        self.sock.sendall(head.encode() + b"Content-Type: text/plain\nContent-Length: %d\n\n" % len(body) + body)
        reply = self.next_reply()
        assert reply["Reply-Text"] == "+OK", reply
        return label

    def event(self, name: str, deadline: float = DEADLINE, **headers: str) -> dict[str, Any]:
        """The first event of this name with these headers (underscores become hyphens), past or coming."""
        wanted = {key.replace("__", "\0").replace("_", "-").replace("\0", "_"): value for key, value in headers.items()}

        def find() -> dict[str, Any] | None:
            for event in self.events:
                if event["Event-Name"] == name and all(event.get(key) == value for key, value in wanted.items()):
                    return event
            return None

        found: dict[str, Any] = self.wait(find, f"{name} {wanted}", deadline)
        return found

    def run(self, call: str, application: str, argument: str = "", deadline: float = DEADLINE) -> dict[str, Any]:
        """Run an application to its end; its completion."""
        label = self.execute(call, application, argument)
        return self.event("CHANNEL_EXECUTE_COMPLETE", deadline, Application_UUID=label)

    def names(self, call: str) -> list[str]:
        return [event["Event-Name"] for event in self.events if event.get("Unique-ID") == call]
