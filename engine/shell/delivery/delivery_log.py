"""What was sent to an endpoint and what could not be: the log of attempts and the dead letters, in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import redis

from engine.shell.delivery.endpoints import told_as_store_error
from engine.shell.delivery.queue import Entry, unpacked
from engine.shell.keys import EndpointKeys
from engine.webhooks.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Logged:
    """One attempt as it is kept. Times are Unix time."""

    event: str
    type: str
    call: str
    attempt: int
    at: float
    status: int
    """HTTP status; 0 when there was none."""
    ms: int
    result: str
    """`delivered`, `retry` (it holds its call), `later` (slow schedule), `dead`, or `probe` (it cost nothing)."""
    error: str
    """Class of the failure, as `timeout` or `status`; empty when there was none."""
    detail: str
    answer: str
    """The first KiB of the receiver's answer."""
    next_at: float | None
    """When it is tried again."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that was given up."""

    event: str
    type: str
    call: str
    attempts: int
    at: float
    """Unix time at which it was given up."""
    reason: str
    """`exhausted`, `not_retried` or `gone`."""
    status: int
    error: str
    detail: str


def log_line(entry: Entry, attempt: Attempt, result: str, next_at: float | None) -> bytes:
    """An attempt as it stands in the log."""
    return orjson.dumps(
        (
            entry.event, entry.type, entry.call, attempt.number, round(attempt.at, 3), attempt.status, attempt.took_ms,
            result, attempt.failure, printable(attempt.detail), printable(attempt.answer),
            None if next_at is None else round(next_at, 3),
        )
    )  # fmt: skip


def printable(text: str) -> str:
    """The text without halves of characters, which nobody can write down."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def logged(line: bytes) -> Logged:
    """The attempt of a line of the log. Raises ValueError or TypeError."""
    return Logged(*orjson.loads(line))


class DeliveryLog:
    """The attempts of endpoints. Raises StoreError when Redis is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def page(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Logged], int]:
        """Attempts, newest first, and how many are kept."""
        key = EndpointKeys(endpoint).log
        with told_as_store_error(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.lrange(key, offset, offset + limit - 1)
            pipeline.llen(key)
            lines, total = pipeline.execute()
        return [logged(line) for line in lines], total


class DeadLetters:
    """The events endpoints never took. Raises StoreError when Redis is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def page(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[DeadLetter], int]:
        """Dead letters, newest first, and how many there are."""
        keys = EndpointKeys(endpoint)
        with told_as_store_error():
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.zrevrange(keys.dead, offset, offset + limit - 1, withscores=True)
                pipeline.zcard(keys.dead)
                found, total = pipeline.execute()
            bodies: Any = self._redis.hmget(keys.dead_bodies, [event for event, _ in found]) if found else []
        letters = []
        for (event, ms), remembered in zip(found, bodies, strict=True):
            if remembered is not None:  # else it was taken away between the two looks
                entry, header = unpacked(event.decode(), remembered)
                letters.append(
                    DeadLetter(
                        entry.event, entry.type, entry.call, header["attempts"], ms / 1000, header["reason"],
                        header["status"], header["error"], header["detail"],
                    )
                )  # fmt: skip
        return letters, total
