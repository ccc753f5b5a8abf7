"""The janitor of the streams of events: takes away what every reader has read, and nothing else while there is room.

An event goes when all consumer groups of its stream are past it and it is old enough; earlier than that when the stream
is long, but only if all have read it. A stream that grows on because a reader is away for very long is cut off at last,
before it takes all the memory of Redis: that loses events, so it is counted, logged with the range, and told to each
tenant concerned as an event `events.lost`. Any number of janitors may work on the same streams.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gevent
import orjson
import redis
import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.config import Webhooks
from engine.shell.delivery.redis_line import RedisLine, delivery_script
from engine.shell.keys import Keys
from engine.shell.losses import TYPE, Loss, tell_losses

log = structlog.get_logger("deliver")

EVERY = 15.0
"""Seconds between two looks."""
STEP = 500
"""Entries of one step: some milliseconds of Redis."""
HEADROOM = 0.02
"""Share of a stream that is cut off at once when it outgrows its bound, so that it does not at the next event again."""
NOTHING, READ, CUT_OFF = "", "read", "cut off"
_TRIM = delivery_script("trim")


@dataclass(frozen=True, slots=True)
class Keep:
    """How long events stay in their stream."""

    seconds: float = 86_400.0
    """After this an event goes once all have read it."""
    read: int = 1_000_000
    """Events kept though all have read them."""
    most: int = 4_000_000
    """Events kept at most: older ones are cut off, read or not."""

    @classmethod
    def of(cls, webhooks: Webhooks) -> "Keep":
        """As the settings say."""
        return cls(webhooks.keep_events_hours * 3600.0, webhooks.keep_events, webhooks.most_events)


class Trimmer(Collector):
    """Looks at every stream now and then, from `start` to `stop`; also metrics of what it did."""

    def __init__(self, client: redis.Redis, keep: Keep, *, shards: int = 1, every: float = 0.0) -> None:
        self._redis = client
        self._line = RedisLine(client, (_TRIM,))
        self._keep = keep
        self._shards = [Keys(shard) for shard in range(shards)]
        self._every = every or EVERY
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._untold: dict[tuple[str, str], Loss] = {}
        self._lengths: dict[str, int] = {}
        self.trimmed = 0
        """Entries taken away that all had read."""
        self.lost: Counter[str] = Counter()
        """Events cut off unread, by the reader that had not read them."""

    def start(self) -> "gevent.Greenlet[[], None]":
        """Begin; Redis may be away."""
        self._greenlet = gevent.spawn(self._look_for_ever)
        return self._greenlet

    def stop(self) -> None:
        """End."""
        if self._greenlet is not None:
            self._greenlet.kill()
        self._line.close()

    def look(self) -> None:
        """Shorten every stream as far as it goes. Raises redis.RedisError; what was done is done."""
        for keys in self._shards:
            most = self._keep.most
            while went := self._step(keys, most):
                if went == CUT_OFF:
                    most = round(self._keep.most * (1 - HEADROOM))
                gevent.sleep(0)
        for (stream, tenant), loss in [*self._untold.items()]:
            tell_losses(self._redis, stream, [loss])
            del self._untold[stream, tenant]

    def collect(self) -> Iterator[Metric]:
        """What was taken away, and how long the streams were at the last look."""
        yield CounterMetricFamily("switchboard_events_trimmed", "Events taken away, all had read them.", self.trimmed)
        lost = CounterMetricFamily(
            "switchboard_events_cut_off", "Events lost because a stream outgrew its bound.", labels=["reader"]
        )
        for reader, count in self.lost.items():
            lost.add_metric([reader], count)
        yield lost
        length = GaugeMetricFamily("switchboard_events_kept", "Length of a stream of events.", labels=["shard"])
        for shard, entries in self._lengths.items():
            length.add_metric([shard], entries)
        yield length

    def _look_for_ever(self) -> None:
        while True:
            try:
                self.look()
            except redis.RedisError as error:
                log.warning("events cannot be trimmed, redis is away", error=str(error))
            gevent.sleep(self._every)

    def _step(self, keys: Keys, most: int) -> str:
        """One step; what was taken away: events that were read, or some not read, or none."""
        keep = self._keep
        words = [round(keep.seconds * 1000), keep.read, most, STEP]
        removed, cut, groups, length = self._line.ask_one(_TRIM.call([keys.events], words))
        self.trimmed += removed
        self._lengths[keys.tag.strip("{}")] = length
        if cut:
            self._cut_off(keys.events, cut, groups)
            return CUT_OFF
        return READ if removed else NOTHING

    def _cut_off(self, stream: str, cut: Sequence[Any], groups: Sequence[Any]) -> None:
        """Count and name what was cut off before all had read it."""
        readers = {name.decode(): _place(first) for name, first in groups}
        lost: Counter[str] = Counter()
        unread: list[bytes] = []
        for entry, fields in cut:
            behind = [reader for reader, first in readers.items() if first <= _place(entry)]
            lost.update(behind)
            if behind:
                unread.append(entry)
                self._count(stream, dict(zip(fields[::2], fields[1::2], strict=True)).get(b"event", b""), behind)
        if not unread:
            return
        self.lost += lost
        log.error(
            "events are lost: a stream outgrew its bound before all had read it", stream=stream, readers=dict(lost),
            first=unread[0].decode(), last=unread[-1].decode(),
        )  # fmt: skip

    def _count(self, stream: str, event: bytes, readers: list[str]) -> None:
        try:
            record = orjson.loads(event)
            identity, tenant, kind = str(record["id"]), str(record["tenant"]), record["type"]
        except (ValueError, KeyError, TypeError):
            return
        if kind == TYPE:
            return  # what is said of losses is not a loss of its own
        reason = f"not read in time by {', '.join(sorted(readers))}"
        known = self._untold.get((stream, tenant))
        known = known or Loss(time.time(), "stream", tenant, 0, identity, identity, reason)
        self._untold[stream, tenant] = replace(known, events=known.events + 1, last=identity)


def _place(entry: bytes) -> tuple[int, int]:
    """The id of an entry, to be compared."""
    ms, _, number = entry.partition(b"-")
    return int(ms), int(number)
