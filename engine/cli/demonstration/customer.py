"""A customer of the demonstration: an HTTP server that takes webhooks and believes only what is signed for it."""

import secrets
import time
from typing import Any

import orjson
from gevent.pywsgi import WSGIServer

from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import new_secret
from engine.webhooks.signature import SignatureError, verify

HOST = "127.0.0.1"
MOST_BYTES = 65_536


class Customer:
    """Listens from `start` to `stop`. `events` is what came and was believed, `refused` why something was not."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self._secret = new_secret(secrets.token_bytes(32))
        self._server = WSGIServer((HOST, 0), self._answer, log=None, error_log=None)

    def start(self) -> None:
        """Listen on a free port."""
        self._server.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.stop(timeout=1)

    def endpoint(self, tenant: str) -> Endpoint:
        """What this customer would have registered."""
        name = EndpointId(f"ep_{secrets.token_hex(12)}")
        url = f"http://{HOST}:{self._server.server_port}/webhooks"
        return Endpoint(name, tenant, url, ("*",), (self._secret,))

    def received(self, call: str) -> list[dict[str, Any]]:
        """The events of one call in the order they came, each counted once, as a careful receiver does."""
        return list({event["id"]: event for event in self.events if event["call"] == call}.values())

    def _answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(MOST_BYTES)
        event, stamp, signature = (environ.get(f"HTTP_WEBHOOK_{name}", "") for name in ("ID", "TIMESTAMP", "SIGNATURE"))
        try:
            verify((self._secret.key,), event, stamp, signature, body, time.time())
        except SignatureError as error:
            self.refused.append(str(error))
            start_response("401 Unauthorized", [])
            return []
        self.events.append(orjson.loads(body))
        start_response("204 No Content", [])
        return []
