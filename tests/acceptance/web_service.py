"""A web service of a test: flows ask it, and it answers well, late, badly or not at all."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import unquote

SLOW = 1.2
"""Seconds `/tier/slow` takes."""

HOSTILE = "gold\r\n\r\napi hupall\n%0A${system id} ${hangup()} reload mod_event_socket \"'<>;|`"
"""A value that would be more than text wherever text is taken for a command."""


class WebService:
    """Answers `/tier/NAME` with JSON: slow, never, broken, garbage and hostile do what they say, any other is gold."""

    def __init__(self) -> None:
        self._closing = threading.Event()
        self._asked: list[str] = []
        asked, closing = self._asked, self._closing

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                name = unquote(self.path.rpartition("/")[2])
                status, body = 200, json.dumps({"tier": "gold"})
                if name == "slow":
                    time.sleep(SLOW)
                elif name == "never":
                    closing.wait(60)
                    return
                elif name == "broken":
                    status, body = 500, "oh no"
                elif name == "garbage":
                    body = '{"tier": '
                elif name == "hostile":
                    body = json.dumps({"tier": HOSTILE})
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def asked(self) -> list[str]:
        """The paths asked for so far."""
        return list(self._asked)
