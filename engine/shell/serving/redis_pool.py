"""Redis for requests: a bounded pool of connections that fail soon and are not asked twice in secret."""

from functools import cache
from select import POLLIN
from typing import Any

import redis
from gevent import monkey
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

CONNECTIONS = 64
_poll: Any = monkey.get_original("select", "poll")


def request_redis(url: str) -> redis.Redis:
    """A client for requests: who finds every connection taken waits a moment, and nobody waits long."""
    options: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
    base = options.pop("connection_class", redis.Connection)
    pool = redis.BlockingConnectionPool(  # type: ignore[no-untyped-call]
        connection_class=_prompt(base), max_connections=CONNECTIONS, timeout=1.0, protocol=2, socket_timeout=2.0,
        socket_connect_timeout=0.5, health_check_interval=15, retry=Retry(NoBackoff(), 0), **options,
    )  # fmt: skip
    return redis.Redis(connection_pool=pool)


@cache
def _prompt(base: type[Any]) -> type[Any]:
    """A connection whose look for bytes that are there already does not go through the hub.

    A pool looks so at each connection it hands out; gevent's `poll` takes a turn of the loop for it.
    """

    class PromptConnection(base):  # type: ignore[misc]
        def can_read(self, timeout: float = 0) -> bool:
            """Whether there is something to read, or the end; waits for it at most `timeout` seconds."""
            sock = self._sock
            if timeout or sock is None or hasattr(sock, "pending"):
                return bool(super().can_read(timeout))
            look = _poll()
            look.register(sock.fileno(), POLLIN)
            return bool(look.poll(0))

    return PromptConnection
