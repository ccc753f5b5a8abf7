"""Hands the events of one shard to the endpoints that want them, in order, each into the endpoint's own queue.

A consumer group of the stream remembers how far it came; it is moved only after everything before is in the queues.
Queue entries carry the id of the event's entry in the stream, so whoever starts again where the group stands repeats
nothing that was done. How far it came is told along with the next read: one round trip a batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gevent
import orjson
import redis
import structlog

from engine.core.errors import StoreError
from engine.shell.delivery.endpoints import EndpointView
from engine.shell.delivery.queue import APPEND, FULL, EndpointQueue, Entry
from engine.shell.delivery.redis_line import Command, RedisLine, delivery_script
from engine.shell.keys import ENDPOINTS_VERSION, Keys
from engine.webhooks.endpoint import Endpoint
from engine.webhooks.envelope import call_body

log = structlog.get_logger("deliver")

GROUP = "webhooks"
PAGE = 256
BLOCK_MS = 1000
RETRY_DELAY = 0.5
_ADVANCE = delivery_script("advance")


class LeaseLostError(Exception):
    """Another process hands out this shard's events."""


@dataclass(slots=True)
class Handed:
    """What one dispatcher has done."""

    events: int = 0
    entries: int = 0
    """Those of all queues."""


class Dispatcher:
    """Works while its lease is held: `start` with its epoch, `stop` when it is lost."""

    def __init__(
        self, client: redis.Redis, shard: int, owner: str, view: EndpointView, *, queue_limit: int, shards: int = 1,
        on_full: Callable[[Endpoint], None], on_fenced: Callable[[], None],
    ) -> None:  # fmt: skip
        self._line = RedisLine(client, (APPEND, _ADVANCE))
        self._keys = Keys(shard)
        self._place = shard + 1
        self._owner = owner
        self._view = view
        self._queue_limit = queue_limit
        self._shards = shards
        self._on_full = on_full
        self._on_fenced = on_fenced
        self._queues: dict[str, EndpointQueue] = {}
        self._greenlet: gevent.Greenlet[[int], None] | None = None
        self._at = b""
        self._told = b""
        self.handed = Handed()

    def start(self, epoch: int) -> "gevent.Greenlet[[int], None]":
        """Hand out events under a lease. The greenlet ends by itself only when the lease was lost."""
        self.stop()
        self._greenlet = gevent.spawn(self._work, epoch)
        return self._greenlet

    def stop(self) -> None:
        """Stop at once: whoever goes on begins where the group stands."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None and greenlet is not gevent.getcurrent():
            greenlet.kill()
        self._line.close()

    def _work(self, epoch: int) -> None:
        away = False
        self._at = b""
        while True:
            try:
                if not self._at:
                    self._at = self._told = self._begin()
                self._step(epoch)
                away = False
            except LeaseLostError:
                log.warning("another process hands out the events", shard=self._keys.tag)
                self._on_fenced()
                return
            except (redis.RedisError, StoreError) as error:
                if not away:
                    log.warning("events are not handed out, redis is away", shard=self._keys.tag, error=str(error))
                away = True
                self._at = b""
                gevent.sleep(RETRY_DELAY)

    def _begin(self) -> bytes:
        """Where to go on. The first time ever: at the creation of the oldest endpoint."""
        seconds, micros = self._line.ask_one(("TIME",))
        self._view.show(int(self._line.ask_one(("GET", ENDPOINTS_VERSION)) or 0))
        now_ms = int(seconds) * 1000 + int(micros) // 1000
        first = min(now_ms, self._view.oldest_ms or now_ms)
        create: Command = ("XGROUP", "CREATE", self._keys.events, GROUP, f"{first}-0", "MKSTREAM")
        created, groups = self._line.ask_each([create, ("XINFO", "GROUPS", self._keys.events)])
        if isinstance(created, redis.ResponseError) and not str(created).startswith("BUSYGROUP"):
            raise created
        for group in groups:
            fields = dict(zip(group[::2], group[1::2], strict=True))
            if fields[b"name"] == GROUP.encode():
                return bytes(fields[b"last-delivered-id"])
        raise StoreError(f"the group {GROUP} of {self._keys.events} was removed")

    def _step(self, epoch: int) -> None:
        """Tell how far it came, wait for more, and hand it out."""
        commands: list[Command] = []
        if self._told != self._at:
            commands.append(self._advance(epoch, self._at))
        commands.append(("XREAD", "COUNT", PAGE, "BLOCK", BLOCK_MS, "STREAMS", self._keys.events, self._at))
        commands.append(("GET", ENDPOINTS_VERSION))
        *told, news, version = self._line.ask(commands)
        if told and not told[0]:
            raise LeaseLostError
        self._told = self._at
        if not news:
            self._view.show(int(version or 0))
            return
        entries = news[0][1]
        self._view.show(int(version or 0))
        self._hand_out(entries)
        self._at = bytes(entries[-1][0])

    def _advance(self, epoch: int, at: bytes) -> Command:
        keys = [self._keys.dispatcher, self._keys.events]
        return _ADVANCE.call(keys, [self._owner, epoch, GROUP, at])

    def _hand_out(self, entries: Sequence[Any]) -> None:
        found: dict[str, tuple[Endpoint, list[Entry]]] = {}
        by_tenant, oldest = self._view.by_tenant, self._view.oldest_ms
        for position, fields in entries:
            ms = int(position.partition(b"-")[0])
            if oldest is None or ms < oldest:
                continue
            event = event_of(fields)
            if event is None:
                log.error("an event cannot be read and reaches nobody", shard=self._keys.tag, entry=position.decode())
                continue
            entry: Entry | None = None
            for listed in by_tenant.get(event["tenant"], ()):
                if ms >= listed.since_ms and listed.subscription.wants(event["type"]):
                    if entry is None:
                        entry = Entry(event["id"], event["call"] or "", event["type"], call_body(event), 0, position)
                    found.setdefault(listed.endpoint.id, (listed.endpoint, []))[1].append(entry)
        if found:
            commands = [
                self._queue(endpoint).append(self._place, self._queue_limit, some) for endpoint, some in found.values()
            ]
            for answer, (endpoint, _) in zip(self._line.ask(commands), found.values(), strict=True):
                if answer == FULL:
                    self._on_full(endpoint)
        self.handed.events += len(entries)
        self.handed.entries += sum(len(some) for _, some in found.values())

    def _queue(self, endpoint: Endpoint) -> EndpointQueue:
        queue = self._queues.get(endpoint.id)
        if queue is None:
            if len(self._queues) > 2 * len(self._view.by_id):
                self._queues.clear()  # those of endpoints that are gone
            queue = self._queues[endpoint.id] = EndpointQueue(endpoint.id, shards=self._shards)
        return queue


_TEXTS = ("id", "type", "tenant")
_OTHERS = ("version", "call", "n", "at", "data")


def event_of(fields: Sequence[bytes]) -> Any:
    """The event of an entry of the stream; None when it is none."""
    try:
        event = orjson.loads(fields[fields.index(b"event") + 1])
    except (ValueError, IndexError):
        return None
    if not isinstance(event, dict) or not all(name in event for name in _OTHERS):
        return None
    if not all(isinstance(event.get(name), str) for name in _TEXTS) or not isinstance(event["at"], int | float):
        return None
    return event if event["call"] is None or isinstance(event["call"], str) else None
