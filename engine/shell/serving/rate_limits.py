"""How often a key may ask: a sliding minute and a sliding hour, counted in Redis for all processes together.

While Redis is away each process counts for itself, by the same rule. The window that slides is the usual estimate: the
count of the fixed window before weighs as much as it still overlaps the last minute, so that nobody gets twice the
limit around the turn of a minute.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
import structlog

from engine.api.ports.keys import Caller
from engine.api.ports.limits import Allowance
from engine.shell.keys import api_rate_key
from engine.shell.serving.scripts import source

log = structlog.get_logger("api")

MINUTE, HOUR = 60.0, 3600.0
AWAY = 1.0
"""Seconds Redis is left alone after it did not answer."""
REMEMBERED = 10_000


class RateLimits:
    """The limits of all keys."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float] = time.time) -> None:
        self._take = client.register_script(source("take"))
        self._clock = clock
        self._here = LocalCounts()
        self._away_until = float("-inf")

    def take(self, caller: Caller) -> Allowance:
        """Count one request of this key, if it is allowed. Never raises."""
        now = self._clock()
        if not 0 < self._away_until - now <= AWAY:
            try:
                limits = [caller.per_minute, caller.per_hour]
                allowed, limit, remaining, fresh, wait = self._take(keys=[api_rate_key(caller.key)], args=limits)
                return Allowance(bool(allowed), limit, remaining, _seconds(fresh / 1000), _seconds(wait / 1000))
            except redis.RedisError as error:
                log.warning("redis is away, requests are counted by this process alone", error=str(error))
                self._away_until = self._clock() + AWAY
        return self._here.take(caller, now)


@dataclass(slots=True)
class _Window:
    """A fixed window and the one before it."""

    length: float
    number: int = -1
    here: int = 0
    before: int = 0

    def turn(self, now: float) -> None:
        """Go on to the window a time is in."""
        number = math.floor(now / self.length)
        if number != self.number:
            self.before = self.here if number == self.number + 1 else 0
            self.here, self.number = 0, number

    def used(self, now: float) -> float:
        """Requests in the last `length` seconds, as far as two counts can tell."""
        return self.here + self.before * (1 - self._passed(now) / self.length)

    def wait(self, now: float, limit: int) -> float:
        """Seconds until one more request is within the limit."""
        if self.used(now) + 1 <= limit:
            return 0.0
        if self.here + 1 <= limit:
            return max(0.001, self.length * (1 - (limit - 1 - self.here) / self.before) - self._passed(now))
        return self.left(now) + max(0.0, self.length * (1 - (limit - 1) / self.here))

    def left(self, now: float) -> float:
        """Seconds until the next window."""
        return self.length - self._passed(now)

    def _passed(self, now: float) -> float:
        return now - self.number * self.length


class LocalCounts:
    """The counts of one process."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[_Window, _Window]] = {}

    def take(self, caller: Caller, now: float) -> Allowance:
        """Count one request at Unix time `now`, if it is allowed."""
        if caller.key not in self._windows and len(self._windows) >= REMEMBERED:
            self._windows.clear()
        pair = self._windows.setdefault(caller.key, (_Window(MINUTE), _Window(HOUR)))
        limits = (caller.per_minute, caller.per_hour)
        for window in pair:
            window.turn(now)
        waits = [window.wait(now, limit) for window, limit in zip(pair, limits, strict=True)]
        if not any(waits):
            for window in pair:
                window.here += 1
        remaining = [limit - window.used(now) for window, limit in zip(pair, limits, strict=True)]
        nearest = max((0, 1), key=lambda which: (waits[which], -remaining[which], -which))
        return Allowance(
            not any(waits), limits[nearest], max(0, math.floor(remaining[nearest])),
            _seconds(pair[nearest].left(now) + pair[nearest].length), _seconds(max(waits)),
        )  # fmt: skip


def _seconds(exact: float) -> int:
    """Whole seconds, rounded up so that who waits them has waited long enough."""
    return math.ceil(exact)
