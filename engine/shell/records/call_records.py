"""Finds calls: one by its id, or lists of them by what they have in common."""

from collections.abc import Iterator
from time import time
from typing import Any

import orjson
import redis

from engine.api.ports.calls import CallFilter, TooManyCallsError
from engine.core.errors import StoreError
from engine.shell.keys import CallKeys, TenantKeys
from engine.shell.records.record_writer import sought
from engine.webhooks.envelope import call_body

PER_LOOK = 1000
MOST_LOOKED_AT = 100_000
"""Calls that one question may make us look at, in the shortest of the lists it asks for; about a quarter second."""


class CallRecords:
    """The calls of all tenants. `keep_hours` is how long they are remembered."""

    def __init__(self, client: redis.Redis, *, keep_hours: float = 168.0) -> None:
        self._redis: Any = client
        self._keep = keep_hours * 3600

    def tenant_of(self, call: str) -> str | None:
        """Whose a call is, for the operator. Raises StoreError."""
        try:
            whose = self._redis.hget(CallKeys(call).record, "tenant")
        except redis.RedisError as error:
            raise _away(error) from None
        return whose.decode() if whose is not None else None

    def get(self, tenant: str, call: str) -> bytes | None:
        """One call as JSON; None when the tenant has none of this id. Raises StoreError."""
        try:
            whose, text = self._redis.hmget(CallKeys(call).record, "tenant", "json")
        except redis.RedisError as error:
            raise _away(error) from None
        return text if text is not None and whose == tenant.encode() else None

    def trace(self, tenant: str, call: str, limit: int, offset: int) -> tuple[list[bytes], int] | None:
        """A call's events in order, as endpoints get them, and how many there are. Raises StoreError."""
        keys = CallKeys(call)
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.hget(keys.record, "tenant")
                pipeline.llen(keys.trace)
                pipeline.lrange(keys.trace, offset, offset + limit - 1)
                whose, total, events = pipeline.execute()
        except redis.RedisError as error:
            raise _away(error) from None
        if whose != tenant.encode():
            return None
        return [call_body(orjson.loads(event)) for event in events], total

    def list(self, tenant: str, wanted: CallFilter, limit: int, offset: int) -> tuple[list[bytes], int]:
        """Calls as JSON, newest first, and how many fit. Raises StoreError and TooManyCallsError."""
        try:
            calls, total = _Search(self._redis, tenant, wanted, time() - self._keep).page(limit, offset)
            return _shown(self._redis, tenant, calls), total
        except redis.RedisError as error:
            raise _away(error) from None


def _shown(client: Any, tenant: str, calls: list[bytes]) -> list[bytes]:
    """The records of some calls; one that was forgotten in this moment is left out."""
    if not calls:
        return []
    with client.pipeline(transaction=False) as pipeline:
        for call in calls:
            pipeline.hmget(CallKeys(call.decode()).record, "tenant", "json")
        found = pipeline.execute()
    return [text for whose, text in found if text is not None and whose == tenant.encode()]


class _Search:
    """One question about the calls of a tenant: the lists a call must be in, and the one it must not be in."""

    def __init__(self, client: Any, tenant: str, wanted: CallFilter, oldest: float) -> None:
        self._redis = client
        self._keys = TenantKeys(tenant)
        self._ended = wanted.state == "ended"
        self._from = max(oldest, wanted.since or 0.0)
        self._to = "+inf" if wanted.before is None else f"({wanted.before:.3f}"
        fields = [(name, getattr(wanted, name)) for name in ("direction", "flow", "caller", "called", "cause")]
        fields += [("tag", tag) for tag in wanted.tags]
        lists = [self._keys.found_by(name, sought(value)) for name, value in fields if value]
        if wanted.state == "live":
            lists.append(self._keys.live)
        self._lists = lists or [self._keys.calls]

    def page(self, limit: int, offset: int) -> tuple[list[bytes], int]:
        """The calls of one page and how many there are in all."""
        counts = [(self._redis.zcount(key, self._from, self._to), key) for key in self._lists]
        count, shortest = min(counts)
        others = [key for key in self._lists if key != shortest]
        if not others and not self._ended:
            return self._redis.zrevrangebyscore(shortest, self._to, self._from, start=offset, num=limit), count
        if not others:
            live = self._live_in(shortest)
            fit: Iterator[bytes] = (call for look in self._looks(shortest) for call in look if call not in live)
            total = count - len(live)
            return _cut(fit, limit, offset) if offset < total else [], total
        if count > MOST_LOOKED_AT:
            raise TooManyCallsError(f"over {MOST_LOOKED_AT:,} calls would have to be looked at; give a shorter time")
        not_in = self._live_in(shortest) if self._ended else frozenset()
        found = [call for look in self._looks(shortest) for call in self._in_all(look, others) if call not in not_in]
        return found[offset : offset + limit], len(found)

    def _looks(self, key: str) -> Iterator[list[bytes]]:
        """The members of a list, newest first, some at a time; by rank, which costs the same everywhere in the list."""
        count = self._redis.zcount(key, self._from, self._to)
        first = 0 if self._to == "+inf" else self._redis.zcount(key, self._to[1:], "+inf")
        seen: set[bytes] = set()
        for start in range(first, first + count, PER_LOOK):
            some = self._redis.zrevrange(key, start, min(start + PER_LOOK, first + count) - 1)
            fresh = [call for call in some if call not in seen]  # calls that began meanwhile push others down
            seen.update(fresh)
            yield fresh

    def _in_all(self, calls: list[bytes], keys: list[str]) -> list[bytes]:
        for key in keys:
            if calls:
                scores = self._redis.zmscore(key, calls)
                calls = [call for call, score in zip(calls, scores, strict=True) if score is not None]
        return calls

    def _live_in(self, key: str) -> frozenset[bytes]:
        """The live calls of the time asked for that are in a list."""
        return frozenset(call for look in self._looks(self._keys.live) for call in self._in_all(look, [key]))


def _cut(calls: Iterator[bytes], limit: int, offset: int) -> list[bytes]:
    return [call for _, call in zip(range(offset + limit), calls, strict=False)][offset:]


def _away(error: redis.RedisError) -> StoreError:
    return StoreError(f"calls cannot be read from Redis: {error}")
