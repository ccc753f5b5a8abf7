"""Which engines serve which switches just now: said by every engine, read by those who give orders.

What is said ends by itself: an engine that dies is not asked for long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import gevent
import orjson
import redis
import structlog
from gevent.event import Event

from engine.shell.keys import SWITCHES, serving_key

log = structlog.get_logger("control")

LIVES_MS = 6000
SAY_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Serving:
    """A switch and the engine that serves it. `up`: they are connected and new calls can be placed there."""

    switch: str
    engine: str
    up: bool
    calls: int


def serving(client: redis.Redis) -> list[Serving]:
    """The switches that are served. Raises redis.RedisError."""
    names = sorted(name.decode() for name in client.smembers(SWITCHES))  # type: ignore[union-attr]
    with client.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.get(serving_key(name))
        said = pipeline.execute() if names else []
    return [Serving(name, **orjson.loads(text)) for name, text in zip(names, said, strict=True) if text]


class Presence:
    """Says of one switch that this engine serves it, from `start` to `stop`.

    `look` tells whether it is up, and how many calls it has.
    """

    def __init__(self, client: redis.Redis, switch: str, engine: str, look: Callable[[], tuple[bool, int]]) -> None:
        self._redis = client
        self._switch = switch
        self._engine = engine
        self._look = look
        self._wake = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Begin to say so."""
        self._greenlet = gevent.spawn(self._keep_saying)

    def changed(self) -> None:
        """Say it anew at once: who places many calls shall see what the last ones came to."""
        self._wake.set()

    def stop(self) -> None:
        """Say so no more."""
        if self._greenlet is None:
            return
        self._greenlet.kill()
        self._greenlet = None
        try:
            self._redis.delete(serving_key(self._switch))
        except redis.RedisError as error:
            log.warning("it will be believed for some seconds that this switch is served", error=str(error))

    def _keep_saying(self) -> None:
        while True:
            self._wake.clear()
            try:
                self._say()
            except redis.RedisError as error:
                log.warning("nobody is told that this switch is served", switch=self._switch, error=str(error))
            self._wake.wait(SAY_EVERY)

    def _say(self) -> None:
        up, calls = self._look()
        said = orjson.dumps({"engine": self._engine, "up": up, "calls": calls})
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.sadd(SWITCHES, self._switch)
            pipeline.set(serving_key(self._switch), said, px=LIVES_MS)
            pipeline.execute()
