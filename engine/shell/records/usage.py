"""What each tenant used: calls, minutes and results, counted once per call when it ends, by month in UTC."""

import math
from datetime import UTC, datetime
from typing import Any

import redis

from engine.core.errors import StoreError
from engine.shell.keys import TenantKeys
from engine.shell.records.call_record import CallRecord

KEPT_SECONDS = 400 * 86400
"""A month of the year before can still be compared with."""
_PLAIN = ("calls", "answered", "minutes", "duration_ms", "answered_ms", "recordings")
_COUNTED_BY = {"direction": "directions", "cause": "causes", "flow": "flows"}


def month_of(at: float) -> str:
    """The month of a time, as `2026-11`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def used_by(record: CallRecord) -> dict[str, int]:
    """What an ended call adds to its month. `minutes` are those begun, from the answer to the end."""
    answered_ms = record.answered_ms or 0
    used = {
        "calls": 1,
        "answered": int(record.answered_at is not None),
        "minutes": math.ceil(answered_ms / 60_000),
        "duration_ms": record.duration_ms or 0,
        "answered_ms": answered_ms,
        "recordings": len(record.recordings),
    }
    for field in _COUNTED_BY:
        value = getattr(record, field)
        if value:
            used[f"{field}:{value}"] = 1
    return {name: amount for name, amount in used.items() if amount}


class Usage:
    """Reads what was used. Raises StoreError when Redis is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def month(self, tenant: str, month: str) -> dict[str, Any]:
        """The counts of one month, written `2026-11`; all nought for one without calls."""
        try:
            kept: Any = self._redis.hgetall(TenantKeys(tenant).usage(month))
        except redis.RedisError as error:
            raise StoreError(f"usage cannot be read from Redis: {error}") from None
        counts: dict[str, Any] = {"month": month, **dict.fromkeys(_PLAIN, 0)}
        counts.update({plural: {} for plural in _COUNTED_BY.values()})
        for field, amount in kept.items():
            name, _, value = field.decode().partition(":")
            if name in _COUNTED_BY:
                counts[_COUNTED_BY[name]][value] = int(amount)
            elif name in _PLAIN:
                counts[name] = int(amount)
        return counts
