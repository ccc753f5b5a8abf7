"""Tells a tenant what became of its endpoints: by events in the stream, so that they reach every other endpoint too."""

import time
from collections.abc import Callable, Mapping

import gevent
import orjson
import redis
import structlog
from gevent.pool import Group

from engine.core.errors import StoreError
from engine.core.events import VERSION
from engine.core.signals import Json
from engine.shell.delivery.endpoints import EndpointStore, told_as_store_error
from engine.shell.keys import Keys, shard_of
from engine.webhooks.endpoint import DisabledReason, Endpoint

log = structlog.get_logger("deliver")

RETRY_DELAY = 1.0


class Announcer:
    """Disables endpoints and writes events about them; both are tried until Redis takes them."""

    def __init__(self, client: redis.Redis, store: EndpointStore, *, shards: int = 1) -> None:
        self._redis = client
        self._store = store
        self._shards = shards
        self._under_way = Group()

    def stop(self, patience: float = 1.0) -> None:
        """End; what could not be told is told again by whoever meets the same next."""
        self._under_way.join(patience)
        self._under_way.kill()

    def recovered(self, endpoint: Endpoint, seconds: float) -> None:
        """An endpoint answers again after it was left alone for so long. Does not wait."""
        at = time.time()
        told: dict[str, Json] = {"endpoint": endpoint.id, "url": endpoint.url, "seconds": round(seconds, 1)}
        identity = f"evt_{endpoint.id}_recovered_{round(at * 1000)}"
        self._under_way.spawn(_insist, lambda: self._tell(identity, "endpoint.recovered", endpoint, at, told))

    def disable(self, endpoint: Endpoint, reason: DisabledReason, since: float) -> None:
        """Let an endpoint that fails since Unix time `since` get no more deliveries, and say so. Does not wait."""
        self._under_way.spawn(_insist, lambda: self._disable(endpoint, reason, since))

    def _disable(self, endpoint: Endpoint, reason: DisabledReason, since: float) -> None:
        now = self._store.get(endpoint.tenant, endpoint.id)
        if now is None or not now.is_active:
            return
        # Told first, under an id that is the same when this is done again: a death in between loses nothing.
        identity = f"evt_{endpoint.id}_disabled_{round(since)}"
        told: dict[str, Json] = {"endpoint": endpoint.id, "url": endpoint.url, "reason": reason}
        self._tell(identity, "endpoint.disabled", endpoint, time.time(), told)
        self._store.disable(endpoint.tenant, endpoint.id, reason, time.time())
        log.warning("endpoint disabled", endpoint=endpoint.id, reason=reason)

    def _tell(self, identity: str, kind: str, endpoint: Endpoint, at: float, told: Mapping[str, Json]) -> None:
        record = {
            "id": identity, "type": kind, "version": VERSION, "call": None, "n": None, "at": round(at, 6),
            "tenant": endpoint.tenant, "data": told,
        }  # fmt: skip
        with told_as_store_error():
            self._redis.xadd(Keys(shard_of(endpoint.id, self._shards)).events, {"event": orjson.dumps(record)})


def _insist(step: Callable[[], None]) -> None:
    while True:
        try:
            return step()
        except StoreError as error:
            log.warning("what became of an endpoint could not be told yet", error=str(error))
            gevent.sleep(RETRY_DELAY)
