"""The endpoints of all tenants in Redis, their secrets sealed, and a view of them that is current when it is asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson
import redis
import structlog
from gevent.lock import RLock

from engine.core.errors import StoreError
from engine.shell.delivery.redis_line import delivery_script
from engine.shell.keys import ENDPOINTS_VERSION, REPLAY, TENANTS, EndpointKeys, endpoints_key, source_of
from engine.webhooks.endpoint import DisabledReason, Endpoint, as_record, from_record
from engine.webhooks.subscription import Subscription

log = structlog.get_logger("deliver")

Seal = Callable[[str], str]
_CHANGE = delivery_script("change").text
TRIES = 20
"""Times a change is made again because somebody else was quicker."""


@contextmanager
def told_as_store_error() -> Iterator[None]:
    """Tell a Redis that is away in the words of the callers."""
    try:
        yield
    except redis.RedisError as error:
        raise StoreError(f"Redis cannot be asked: {error}") from None


class EndpointStore:
    """Creates, changes and finds endpoints. Every method raises StoreError when Redis is away."""

    def __init__(self, client: redis.Redis, seal: Seal, unseal: Seal, *, shards: int = 1) -> None:
        self._redis = client
        self._seal = seal
        self._unseal = unseal
        self._sources = [source_of(shard) for shard in range(shards)] + [REPLAY]
        self._change_script = client.register_script(_CHANGE)

    def version(self) -> int:
        """A number that is another one after every change of any endpoint."""
        with told_as_store_error():
            return int(self._redis.get(ENDPOINTS_VERSION) or 0)

    def list(self, tenant: str) -> Sequence[Endpoint]:
        """Every endpoint of a tenant, oldest first."""
        with told_as_store_error():
            records: Any = self._redis.hgetall(endpoints_key(tenant))
        return sorted((self._read(raw) for raw in records.values()), key=lambda one: (one.created_at, one.id))

    def get(self, tenant: str, endpoint: str) -> Endpoint | None:
        """One endpoint; None when the tenant has none of this id."""
        with told_as_store_error():
            raw: Any = self._redis.hget(endpoints_key(tenant), endpoint)
        return None if raw is None else self._read(raw)

    def create(self, tenant: str, endpoint: Endpoint) -> Endpoint:
        """Keep a new endpoint. It is told of everything that happens from now on, by Redis' own clock."""
        with told_as_store_error():
            seconds, micros = self._redis.time()
            kept = replace(endpoint, tenant=tenant, created_at=seconds + micros // 1000 / 1000)
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.hset(EndpointKeys(kept.id).state, "tenant", tenant)
                pipeline.sadd(TENANTS, tenant)
                pipeline.hset(endpoints_key(tenant), kept.id, self._write(kept))
                pipeline.incr(ENDPOINTS_VERSION)
                pipeline.execute()
        return kept

    def update(self, tenant: str, endpoint: Endpoint) -> Endpoint | None:
        """Keep a changed endpoint as it is given; None when the tenant has none of its id."""
        return self.change(tenant, endpoint.id, lambda before: replace(endpoint, created_at=before.created_at))

    def change(self, tenant: str, endpoint: str, how: Callable[[Endpoint], Endpoint]) -> Endpoint | None:
        """Change what is there now, whoever else changes it; None when the tenant has none of this id.

        `how` may be asked several times. Raises StoreError also when others are quicker again and again.
        """
        key = endpoints_key(tenant)
        for _ in range(TRIES):
            with told_as_store_error():
                raw: Any = self._redis.hget(key, endpoint)
                if raw is None:
                    return None
                before = self._read(raw)
                after = how(before)
                if after == before:
                    return before
                with self._redis.pipeline(transaction=False) as pipeline:  # the change is not made without being told
                    self._change_script(keys=[key], args=[endpoint, raw, self._write(after)], client=pipeline)
                    pipeline.incr(ENDPOINTS_VERSION)
                    changed, _ = pipeline.execute()
                if changed:
                    return after
        raise StoreError(f"endpoint {endpoint} is being changed by many at once")

    def disable(self, tenant: str, endpoint: str, reason: DisabledReason, now: float) -> Endpoint | None:
        """Let an endpoint get no more deliveries; what waits for it is kept."""
        return self.change(tenant, endpoint, lambda one: one.disabled(reason, now) if one.is_active else one)

    def delete(self, tenant: str, endpoint: str) -> bool:
        """Forget an endpoint and everything of it; False when the tenant has none of this id."""
        with told_as_store_error():
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.hdel(endpoints_key(tenant), endpoint)
                pipeline.incr(ENDPOINTS_VERSION)
                deleted, _ = pipeline.execute()
            if deleted:
                self._redis.unlink(*EndpointKeys(endpoint).everything(self._sources))
        return bool(deleted)

    def health(self, endpoint: str) -> Mapping[str, str]:
        """What became of its deliveries: `delivered`, `failed`, `last_success_at` and so on, absent until they are."""
        with told_as_store_error():
            fields: Any = self._redis.hgetall(EndpointKeys(endpoint).state)
        return {name.decode(): value.decode("utf-8", "replace") for name, value in fields.items() if name != b"tenant"}

    def backlog(self, endpoint: str) -> Mapping[str, int]:
        """How many events wait (`waiting`), are on the slow schedule (`slow`) and were given up (`dead`)."""
        keys = EndpointKeys(endpoint)
        with told_as_store_error(), self._redis.pipeline(transaction=False) as pipeline:
            for source in self._sources:
                pipeline.xlen(keys.queue(source))
            pipeline.zcard(keys.slow)
            pipeline.zcard(keys.dead)
            *waiting, slow, dead = pipeline.execute()
        return {"waiting": sum(waiting), "slow": slow, "dead": dead}

    def records(self) -> tuple[int, dict[bytes, bytes]]:
        """The version and every record as it is stored, by id."""
        with told_as_store_error(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.get(ENDPOINTS_VERSION)
            pipeline.smembers(TENANTS)
            version, tenants = pipeline.execute()
            for tenant in tenants:
                pipeline.hgetall(endpoints_key(tenant.decode()))
            found: dict[bytes, bytes] = {}
            for records in pipeline.execute() if tenants else ():
                found.update(records)
        return int(version or 0), found

    def read(self, raw: bytes) -> Endpoint:
        """An endpoint from its record. Raises StoreError when it cannot be read, also when the key was another one."""
        return self._read(raw)

    def _read(self, raw: bytes) -> Endpoint:
        try:
            return from_record(orjson.loads(raw), self._unseal)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"an endpoint cannot be read: {error}") from None

    def _write(self, endpoint: Endpoint) -> bytes:
        return orjson.dumps(as_record(endpoint, self._seal))


@dataclass(frozen=True, slots=True)
class Listed:
    """An endpoint with its wishes made quick to ask."""

    endpoint: Endpoint
    subscription: Subscription
    since_ms: int
    """Redis' millisecond of its creation: what is older is not for it."""


class EndpointView:
    """Every active endpoint, by tenant and by id, as current as the version it was last shown."""

    def __init__(self, store: EndpointStore) -> None:
        self._store = store
        self._lock = RLock()
        self._version: int | None = None
        self._raw: dict[bytes, tuple[bytes, Listed | None]] = {}
        self.by_tenant: Mapping[str, Sequence[Listed]] = {}
        self.by_id: Mapping[str, Endpoint] = {}
        self.oldest_ms: int | None = None
        """The creation of the oldest of them; None when there are none."""
        self.on_change: list[Callable[[], None]] = []

    def show(self, version: int) -> None:
        """Read again if this is not the version read last. Raises StoreError when Redis is away."""
        if version == self._version:
            return
        with self._lock:
            if version == self._version:
                return
            self._version, records = self._store.records()
            self._raw = {key: self._known(key, raw) for key, raw in records.items()}
            listed = [one for _, one in self._raw.values() if one is not None and one.endpoint.is_active]
            by_tenant: dict[str, list[Listed]] = {}
            for one in listed:
                by_tenant.setdefault(one.endpoint.tenant, []).append(one)
            self.by_tenant = by_tenant
            self.by_id = {one.endpoint.id: one.endpoint for one in listed}
            self.oldest_ms = min((one.since_ms for one in listed), default=None)
        for tell in self.on_change:
            tell()

    def _known(self, key: bytes, raw: bytes) -> tuple[bytes, Listed | None]:
        known = self._raw.get(key)
        if known is not None and known[0] == raw:
            return known
        try:
            endpoint = self._store.read(raw)
        except StoreError as error:
            log.error("an endpoint gets no deliveries", endpoint=key.decode("utf-8", "replace"), error=str(error))
            return raw, None
        return raw, Listed(endpoint, Subscription(endpoint.events), round(endpoint.created_at * 1000))
