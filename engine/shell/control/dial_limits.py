"""How many calls a tenant may place a second and have at the same time: counted in Redis, for all engines together.

A call is counted from its order to its end. Who should say that it has ended may die; so each has a time at which it
is taken to have.
"""

from collections import deque
from math import ceil

import gevent
import redis
import structlog
from gevent.event import Event

from engine.core.errors import ControlError
from engine.core.events import CallEvent
from engine.core.ids import CallId, LegId
from engine.shell.keys import DiallingKeys
from engine.shell.live_call import LiveCall
from engine.shell.scripts import source

log = structlog.get_logger("control")

AGAIN = 1.0
"""Seconds until an end that Redis did not take is told again."""
PER_WRITE = 256


class DialLimits:
    """Counts. `watch` is to be shown the events of all calls of this engine."""

    def __init__(self, client: redis.Redis, per_second: float, at_once: int) -> None:
        self._redis = client
        self._per_second = per_second
        self._at_once = at_once
        self._reserve = client.register_script(source("reserve_dial"))
        self._ended: deque[tuple[str, CallId]] = deque()
        self._wake = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Begin to tell Redis which calls have ended."""
        self._greenlet = gevent.spawn(self._keep_telling)

    def stop(self) -> None:
        """Tell no more; what was not told ends by its time."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def reserve(self, tenant: str, call: CallId, longest: float) -> None:
        """Count a call that lasts `longest` seconds at most. Raises ControlError, or redis.RedisError."""
        keys = DiallingKeys(tenant)
        wait = int(
            self._reserve(
                keys=[keys.rate, keys.live],
                args=[
                    call,
                    1000 / self._per_second,
                    max(1, ceil(self._per_second)),
                    self._at_once,
                    ceil(longest * 1000),
                ],
            )
        )
        if wait > 0:
            raise ControlError(
                f"more than {self._per_second:g} calls a second ([dialling] calls_per_second)", "limit_reached",
                wait / 1000,
            )  # fmt: skip
        if wait < 0:
            raise ControlError(f"{self._at_once} calls are under way ([dialling] concurrent_calls)", "limit_reached")

    def release(self, tenant: str, call: CallId) -> None:
        """A call has ended, or was not placed after all."""
        self._ended.append((tenant, call))
        self._wake.set()

    def watch(self, live: LiveCall, events: list[CallEvent]) -> None:
        """See which calls end."""
        last = events[-1]
        if last.type == "call.ended":
            first = live.machine.legs.get(LegId(live.call))
            if first is not None and first.dialled:
                self.release(last.tenant, live.call)

    def _keep_telling(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._ended:
                try:
                    self._tell()
                except redis.RedisError as error:
                    log.warning("it is not told yet which calls have ended", error=str(error), calls=len(self._ended))
                    gevent.sleep(AGAIN)

    def _tell(self) -> None:
        count = min(PER_WRITE, len(self._ended))
        with self._redis.pipeline(transaction=False) as pipeline:
            for number in range(count):
                tenant, call = self._ended[number]
                pipeline.zrem(DiallingKeys(tenant).live, call)
            pipeline.execute()
        for _ in range(count):
            self._ended.popleft()
