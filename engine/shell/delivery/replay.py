"""Sends events again: one, those of a time, or everything that failed. An event keeps its id, so receivers know it.

What is to be sent again goes into a queue of its own and is delivered beside what is new, in order per call.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import redis

from engine.core.errors import ControlError
from engine.shell.delivery.dispatcher import event_of
from engine.shell.delivery.endpoints import told_as_store_error
from engine.shell.delivery.queue import APPEND, FULL, EndpointQueue, Entry
from engine.shell.delivery.redis_line import RedisLine, delivery_script
from engine.shell.keys import CallKeys, Keys
from engine.webhooks.endpoint import Endpoint
from engine.webhooks.envelope import call_body, endpoint_body
from engine.webhooks.subscription import Subscription

MOST = 100_000
"""Events one request may send again."""
PAGE = 200
NEWEST = 10_000
"""Events of a stream that are searched for one."""
_REQUEUE = delivery_script("requeue")


class Replay:
    """Every method raises StoreError when Redis is away, and ControlError when the endpoint has too much waiting."""

    def __init__(self, client: redis.Redis, *, shards: int = 1, queue_limit: int = 1_000_000) -> None:
        self._redis = client
        self._shards = shards
        self._queue_limit = queue_limit

    def one(self, endpoint: Endpoint, event: str) -> bool:
        """Send one event again, also one this endpoint did not subscribe to; False when it is not known any more."""
        if self._requeue(endpoint, [event]):
            return True
        found = self._in_trace(event) or self._in_streams(event)
        if found is None or found["tenant"] != endpoint.tenant:
            return False
        self._append(endpoint, [_entry(found)])
        return True

    def between(self, endpoint: Endpoint, start: float, end: float) -> int:
        """Send again what happened from Unix time `start` to `end` and the endpoint wants, whatever became of it.

        How many events these are. Only what is still in the events stream can be sent again. Raises ControlError when
        it is more than a hundred thousand.
        """
        if sum(1 for _ in self._wanted(endpoint, start, end)) > MOST:
            raise ControlError(f"that is over {MOST} events: ask for a shorter time")
        sent, page = 0, []
        for entry in self._wanted(endpoint, start, end):
            page.append(entry)
            if len(page) == PAGE:
                sent += self._append(endpoint, page)
                page = []
        return sent + (self._append(endpoint, page) if page else 0)

    def failed_since(self, endpoint: Endpoint, since: float) -> int:
        """Send again what was given up since a Unix time and, at once, what waits for a slow retry. How many it is."""
        keys = EndpointQueue(endpoint.id, shards=self._shards).keys
        with told_as_store_error():
            dead: Any = self._redis.zrangebyscore(keys.dead, round(since * 1000), "+inf", 0, MOST)
            slow: Any = self._redis.zrange(keys.slow, 0, MOST - 1)
        events = sorted({event.decode() for event in (*dead, *slow)}, key=_in_call_order)
        return sum(self._requeue(endpoint, events[at : at + PAGE]) for at in range(0, len(events), PAGE))

    def send_test(self, endpoint: Endpoint) -> str:
        """Send an event that only says the endpoint works; its id. Raises ControlError for one that is not active."""
        if not endpoint.is_active:
            raise ControlError("the endpoint is not active: it gets no deliveries")
        at = time.time()
        event = f"evt_{endpoint.id}_test_{round(at * 1000)}"
        body = endpoint_body(event, "endpoint.test", at, endpoint.tenant, {"endpoint": endpoint.id})
        self._append(endpoint, [Entry(event, "", "endpoint.test", body, position=b"*")])
        return event

    def _requeue(self, endpoint: Endpoint, events: Sequence[str]) -> int:
        queue = EndpointQueue(endpoint.id, shards=self._shards)
        keys = queue.keys
        commands = [
            _REQUEUE.call([times, bodies, queue.streams[-1]], events)
            for times, bodies in ((keys.dead, keys.dead_bodies), (keys.slow, keys.parked))
        ]
        return sum(self._ask(commands))

    def _append(self, endpoint: Endpoint, entries: Sequence[Entry]) -> int:
        queue = EndpointQueue(endpoint.id, shards=self._shards)
        (appended,) = self._ask([queue.append(len(queue.streams), self._queue_limit, entries)])
        if appended == FULL:
            raise ControlError("too much waits for the endpoint already")
        return max(0, appended)

    def _ask(self, commands: Sequence[Any]) -> list[int]:
        line = RedisLine(self._redis, (APPEND, _REQUEUE))
        try:
            with told_as_store_error():
                return line.ask(commands)
        finally:
            line.close()

    # Where events are

    def _wanted(self, endpoint: Endpoint, start: float, end: float) -> Iterator[Entry]:
        subscription = Subscription(endpoint.events)
        for event in self._told(start, end):
            if event["tenant"] == endpoint.tenant and subscription.wants(event["type"]):
                yield _entry(event)

    def _told(self, start: float, end: float) -> Iterator[Any]:
        """Every event in the streams that was written in a time; of several shards one after another."""
        for shard in range(self._shards):
            position, last = str(max(0, int(start * 1000))), str(int(end * 1000))
            while True:
                with told_as_store_error():
                    page: Any = self._redis.xrange(Keys(shard).events, position, last, PAGE)
                for _, fields in page:
                    event = event_of([word for pair in fields.items() for word in pair])
                    if event is not None:
                        yield event
                if len(page) < PAGE:
                    break
                position = f"({page[-1][0].decode()}"

    def _in_trace(self, event: str) -> Any:
        """The event in what is remembered of its call; None when it is not there."""
        call, number = _in_call_order(event)
        with told_as_store_error():
            found: Any = self._redis.lrange(CallKeys(call).trace, max(0, number - 2), number)
        for raw in found:
            known = event_of([b"event", raw])
            if known is not None and known["id"] == event:
                return known
        return None

    def _in_streams(self, event: str) -> Any:
        """The event among the newest, which a trace may not hold yet, or never does, as those of no call."""
        for shard in range(self._shards):
            with told_as_store_error():
                found: Any = self._redis.xrevrange(Keys(shard).events, count=NEWEST)
            for _, fields in found:
                if event.encode() in fields.get(b"event", b""):
                    known = event_of([b"event", fields[b"event"]])
                    if known is not None and known["id"] == event:
                        return known
        return None


def _entry(event: Any) -> Entry:
    return Entry(event["id"], event["call"] or "", event["type"], call_body(event), position=b"*")


def _in_call_order(event: str) -> tuple[str, int]:
    """The call and the number of an event of the form `evt_<call>_<n>`."""
    call, _, number = event.removeprefix("evt_").rpartition("_")
    return call, int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
