"""A customer who receives webhooks: real HTTP, every signature verified, and a server that sometimes fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from zlib import crc32

from standardwebhooks import Webhook, WebhookVerificationError

ONE_OF = 16
"""Of so many events the customer fails at one with an answer, and at another without, the first time they come."""


@dataclass(frozen=True, slots=True)
class Got:
    """One request."""

    event: str
    type: str
    call: str | None
    n: int | None
    attempt: int
    body: bytes
    genuine: bool
    taken: bool
    """Whether it was answered with 200."""


class Customer:
    """Takes events at `url` once `secret` is known; what it got, in order, is in `got`."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.secret = ""
        self._failed: set[str] = set()
        self._one_at_a_time = threading.Lock()
        customer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = customer._take(dict(self.headers.items()), body)
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                """Nothing is printed."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Whoever sent was killed."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/events"

    @property
    def taken(self) -> set[str]:
        """The events it answered with 200."""
        return {one.event for one in self.got if one.taken}

    def numbers(self, call: str, *, taken: bool) -> list[int | None]:
        """The numbers of a call's events in the order in which each came first, or was first taken."""
        found = (one.n for one in self.got if one.call == call and (one.taken or not taken))
        return list(dict.fromkeys(found))

    def bodies(self) -> Iterable[tuple[str, set[bytes]]]:
        """Every event with the bodies it came with."""
        found: dict[str, set[bytes]] = {}
        for one in self.got:
            found.setdefault(one.event, set()).add(one.body)
        return found.items()

    def _take(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer with; 0 for none."""
        headers = {name.lower(): value for name, value in headers.items()}
        try:
            Webhook(self.secret).verify(body, headers)
            genuine = True
        except WebhookVerificationError:
            genuine = False
        told = json.loads(body)
        with self._one_at_a_time:
            status = self._mood(headers["webhook-id"]) if genuine else 401
            self.got.append(
                Got(
                    headers["webhook-id"], told["type"], told["call"], told["n"], int(headers["webhook-attempt"]), body,
                    genuine and told["id"] == headers["webhook-id"], status == 200,
                )
            )  # fmt: skip
        return status

    def _mood(self, event: str) -> int:
        chance = crc32(event.encode()) % ONE_OF
        if chance > 1 or event in self._failed:
            return 200
        self._failed.add(event)
        return 503 * chance
