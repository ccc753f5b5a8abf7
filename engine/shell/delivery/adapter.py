"""The `requests` adapter that webhooks go through: one write per request, connections kept per origin.

It is handed prepared requests directly. A session would add cookies, redirects, proxies and `.netrc` of whoever
started the process, none of which a webhook may have, and it would cost more time than all the rest of a delivery.
"""

import time
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import InvalidHeader
from requests.structures import CaseInsensitiveDict

from engine.shell.delivery.connection import Connection, DeliveryError, Opener, StaleConnectionError
from engine.webhooks.attempt import Failure
from engine.webhooks.target import Target, read_target

KEPT_PER_ORIGIN = 64
KEPT_IN_ALL = 1024
KEPT_IDLE = 30.0
"""Seconds a connection is kept for the next request."""
LIVES = 300.0
"""Seconds after which a connection is not used again, so that a change of address is noticed."""
SWEEP_EVERY = 10.0

_Origin = tuple[str, str, int]


class Answer:
    """The body of one answer, read as it comes; `close` gives the connection back when it can be used again."""

    def __init__(self, adapter: "EndpointAdapter", origin: _Origin, connection: Connection, head: HTTPResponse) -> None:
        self._adapter = adapter
        self._origin = origin
        self._connection = connection
        self._head = head
        self._whole = False

    def read(self, most: int) -> bytes:
        """The next bytes, at most so many; none at the end. Raises DeliveryError when it ends too early."""
        try:
            part = self._head.read1(most)
        except (OSError, HTTPException, ValueError) as error:
            raise DeliveryError(Failure.BROKEN, "the answer ended early") from error
        if not part:
            if self._head.length:
                raise DeliveryError(Failure.BROKEN, "the answer ended early")
            self._whole = True
        return part

    def close(self) -> None:
        """Let go of the answer, however much of it was read."""
        reusable = self._whole and not self._head.will_close and self._head.status >= 200
        self._head.close()
        if reusable:
            self._adapter.keep(self._origin, self._connection)
        else:
            self._connection.close()


class EndpointAdapter(BaseAdapter):
    """Sends prepared requests to endpoints."""

    def __init__(self, opener: Opener) -> None:
        super().__init__()
        self._opener = opener
        self._idle: dict[_Origin, list[Connection]] = {}
        self._kept = 0
        self._swept = time.monotonic()

    def send(
        self,
        request: PreparedRequest,
        stream: bool = True,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request; the answer's body is still to be read from `raw`. Only `request` is heeded.

        There is no timeout here: the caller's own deadline covers everything. Raises DeliveryError, UnknownNameError,
        UrlError, and InvalidHeader for a header that would forge another.
        """
        del stream, timeout, verify, cert, proxies
        target = read_target(request.url or "")
        origin = (target.scheme, target.host, target.port)
        connection, head = self._exchange(origin, target, _as_sent(request, target))
        response = Response()
        response.status_code = head.status
        response.headers = CaseInsensitiveDict(head.headers.items())
        response.request = request
        response.url = request.url or ""
        response.raw = Answer(self, origin, connection, head)
        return response

    def keep(self, origin: _Origin, connection: Connection) -> None:
        """Keep a connection for the next request to its origin, if there is room."""
        now = time.monotonic()
        if now - self._swept > SWEEP_EVERY:
            self._sweep(now)
        idle = self._idle.setdefault(origin, [])
        if len(idle) >= KEPT_PER_ORIGIN or self._kept >= KEPT_IN_ALL:
            connection.close()
            return
        connection.idle_since = now
        idle.append(connection)
        self._kept += 1

    def close(self) -> None:
        """Drop the connections kept for later requests."""
        while self._idle:
            for connection in self._idle.popitem()[1]:
                connection.close()
        self._kept = 0

    def _exchange(self, origin: _Origin, target: Target, request: bytes) -> tuple[Connection, HTTPResponse]:
        while (kept := self._take(origin)) is not None:
            try:
                return kept, _sent(kept, request)
            except StaleConnectionError:
                continue
        fresh = self._opener.open(target)
        return fresh, _sent(fresh, request)

    def _take(self, origin: _Origin) -> Connection | None:
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            self._kept -= 1
            if connection.usable(KEPT_IDLE, LIVES, time.monotonic()):
                return connection
            connection.close()
        return None

    def _sweep(self, now: float) -> None:
        self._swept = now
        for origin, idle in list(self._idle.items()):
            good = [connection for connection in idle if connection.usable(KEPT_IDLE, LIVES, now)]
            for connection in idle:
                if connection not in good:
                    connection.close()
            self._kept -= len(idle) - len(good)
            if good:
                self._idle[origin] = good
            else:
                del self._idle[origin]


def _sent(connection: Connection, request: bytes) -> HTTPResponse:
    try:
        return connection.exchange(request)
    except BaseException:  # also a deadline: what is half said cannot be gone on with
        connection.close()
        raise


def _as_sent(request: PreparedRequest, target: Target) -> bytes:
    body = request.body or b""
    assert isinstance(body, bytes)
    lines = [f"{request.method} {target.path} HTTP/1.1", f"host: {target.authority}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (request.headers or {}).items()]
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1 or not head.isascii():
        raise InvalidHeader("a header holds what no header can carry")
    return head.encode("ascii") + b"\r\n\r\n" + body
