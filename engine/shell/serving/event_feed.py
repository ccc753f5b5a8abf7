"""Events as they happen, for many readers at once: one greenlet reads Redis, each reader has a bounded queue.

A reader that comes back with a position first reads what it missed by itself, a page at a time and as fast as it takes
it; only then it is given a queue. Who does not keep up with its queue is told to read anew and is let go: what is
missed is never passed over in silence.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gevent
import orjson
import redis
import structlog
from gevent.event import Event

from engine.api.ports.events import Resync, Told, TooManyReadersError
from engine.core.errors import StoreError
from engine.shell.keys import Keys
from engine.webhooks.envelope import call_body
from engine.webhooks.subscription import Subscription

log = structlog.get_logger("events")

PAGE = 500
BLOCK_MS = 1000
QUEUE = 1000
"""Events that may wait for one reader."""
KEEP_ALIVE = 15.0
"""Seconds after which a reader without news hears that the connection lives."""
LOOKED_AT = 5000
"""Events of a shard that are searched for the newest of a tenant."""
GRACE = 10.0
"""Seconds a reader that does not keep up is given to take the word that it must read anew."""
MOST_READERS = 1000
MOST_OF_A_TENANT = 100
TRY_EVERY = 0.5
TOO_OLD = "older events are not kept any more"

Point = tuple[int, int]
"""The position of one entry of a stream: milliseconds and number."""
Position = tuple[Point, ...]
"""A position in every shard."""


class _Reader:
    """One who is told."""

    __slots__ = ("call", "events", "greenlet", "lagging", "news", "position", "tenant", "wish")

    def __init__(self, tenant: str, types: Sequence[str], call: str) -> None:
        self.tenant = tenant
        self.wish = Subscription(types)
        self.call = call
        self.position: Position = ()
        """After this it was told everything."""
        self.events: deque[tuple[int, Point, Told]] = deque()
        self.news = Event()
        self.lagging = ""
        """Why it is let go, once it is."""
        self.greenlet = gevent.getcurrent()

    def wants(self, event: dict[str, Any]) -> bool:
        """Whether it is to be told of an event."""
        return (
            event["tenant"] == self.tenant
            and (not self.call or event["call"] == self.call)
            and self.wish.wants(event["type"])
        )

    def moved(self, shard: int, point: Point) -> Position:
        """Its position once it was told of an entry of a shard."""
        self.position = (*self.position[:shard], point, *self.position[shard + 1 :])
        return self.position


class EventFeed:
    """The events of one Redis, for the readers of this process."""

    def __init__(self, client: redis.Redis, *, shards: int = 1) -> None:
        self._redis: Any = client
        self._streams = [Keys(number).events for number in range(shards)]
        self._readers: dict[_Reader, None] = {}
        """Everybody, in the order of their coming."""
        self._told: dict[str, dict[_Reader, None]] = {}
        """Those that have read what they missed and are told what comes, by tenant."""
        self._position: Position = ()
        """How far the greenlet has read."""
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def recent(
        self, tenant: str, types: Sequence[str] = ("*",), call: str = "", limit: int = 50
    ) -> tuple[Sequence[Told], str]:
        """A tenant's newest events among the last of every shard, newest first, and the position that follows them.

        Raises StoreError.
        """
        wish = Subscription(types)
        found: list[tuple[float, Told]] = []
        try:
            newest = self._newest()
            for shard in range(len(self._streams)):
                for point, event in self._backwards(shard, newest[shard], limit, tenant, wish, call):
                    position = (*newest[:shard], point, *newest[shard + 1 :])
                    found.append((event["at"], Told(position_text(position), event["type"], call_body(event))))
        except redis.RedisError as error:
            raise StoreError(f"events cannot be read from Redis: {error}") from None
        found.sort(key=lambda each: each[0], reverse=True)
        return [told for _, told in found[:limit]], position_text(newest)

    def _backwards(
        self, shard: int, end: Point, limit: int, tenant: str, wish: Subscription, call: str
    ) -> Iterator[tuple[Point, dict[str, Any]]]:
        """The newest events of one shard that are wanted, from a point backwards."""
        last = f"{end[0]}-{end[1]}"
        for _ in range(0, LOOKED_AT, PAGE):
            entries = self._redis.xrevrange(self._streams[shard], max=last, count=PAGE)
            for position, fields in entries:
                event = _event(fields)
                known = event and event["tenant"] == tenant and call in ("", event["call"])
                if known and wish.wants(event["type"]):
                    yield _point(position), event
                    limit -= 1
                    if not limit:
                        return
            if len(entries) < PAGE:
                return
            last = f"({entries[-1][0].decode()}"

    @property
    def readers(self) -> int:
        """How many read now."""
        return len(self._readers)

    def follow(
        self, tenant: str, after: str | None, types: Sequence[str] = ("*",), call: str = ""
    ) -> Iterator[Told | Resync | None]:
        """A tenant's events after a position (None: from now on), for ever; None now and then without news.

        Raises StoreError, TooManyReadersError, and ValueError for what is no position.
        """
        known = parse_position(after, len(self._streams)) if after is not None else None
        if len(self._readers) >= MOST_READERS:
            raise TooManyReadersError("too many readers of events at the same time")
        if sum(reader.tenant == tenant for reader in self._readers) >= MOST_OF_A_TENANT:
            raise TooManyReadersError(f"more than {MOST_OF_A_TENANT} readers of events at the same time")
        reader = _Reader(tenant, types, call)
        self._readers[reader] = None  # from here on the greenlet does not end
        try:
            self._begin()
            missed = self._missed(known) if known is not None else None
        except BaseException as error:  # also the end of the greenlet that asks
            self._forget(reader)
            if isinstance(error, redis.RedisError):
                raise StoreError(f"events cannot be read from Redis: {error}") from None
            raise
        if known is None:
            reader.position = self._position
            self._admit(reader)
        else:
            reader.position = missed.start if missed is not None else known
        stream = self._stream(reader, missed)
        next(stream)  # begun, it is ended in order even when nobody ever reads it
        return stream

    def _begin(self) -> None:
        if self._greenlet is None:
            newest = self._newest()
            if self._greenlet is None:  # nobody else came while Redis was asked
                self._position = newest
                self._greenlet = gevent.spawn(self._read_for_ever)

    def _admit(self, reader: _Reader) -> None:
        self._told.setdefault(reader.tenant, {})[reader] = None

    def _dismiss(self, reader: _Reader) -> None:
        told = self._told.get(reader.tenant, {})
        told.pop(reader, None)
        if not told:
            self._told.pop(reader.tenant, None)

    def _forget(self, reader: _Reader) -> None:
        self._readers.pop(reader, None)
        self._dismiss(reader)

    def stop(self) -> None:
        """Let every reader go."""
        for reader in list(self._readers):
            self._let_go(reader, "this process ends")
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None

    # What one reader gets

    def _stream(self, reader: _Reader, missed: "_Missed | None") -> Iterator[Told | Resync | None]:
        try:
            yield None
            if missed is not None:
                yield missed.resync
            if reader not in self._told.get(reader.tenant, ()) and not reader.lagging:
                yield from self._what_was_missed(reader)
            while True:
                if reader.lagging:
                    yield Resync(position_text(reader.position), reader.lagging, over=True)
                    return
                if not reader.events:
                    reader.news.clear()
                    if not reader.news.wait(KEEP_ALIVE):
                        yield None
                    continue
                shard, point, told = reader.events.popleft()
                if point > reader.position[shard]:
                    yield told
                    reader.moved(shard, point)
        except redis.RedisError as error:
            log.warning("a reader of events is let go", error=str(error))  # it comes back with its position
        finally:
            self._forget(reader)

    def _what_was_missed(self, reader: _Reader) -> Iterator[Told]:
        """Everything until now, then take the reader among those that are told."""
        near = False
        while not near:
            near = True
            for shard in range(len(self._streams)):
                page = self._page(shard, reader.position[shard])
                near = near and len(page) < PAGE
                yield from self._chosen(reader, shard, page)
        self._admit(reader)
        until = self._position  # what comes after it is in the queue from now on
        for shard, point in enumerate(until):
            while reader.position[shard] < point:
                page = [entry for entry in self._page(shard, reader.position[shard]) if entry[0] <= point]
                if not page:
                    break
                yield from self._chosen(reader, shard, page)

    def _chosen(self, reader: _Reader, shard: int, page: list[tuple[Point, dict[str, Any]]]) -> Iterator[Told]:
        for point, event in page:
            reader.moved(shard, point)
            if event and reader.wants(event):
                yield Told(position_text(reader.position), event["type"], call_body(event))

    def _page(self, shard: int, after: Point) -> list[tuple[Point, dict[str, Any]]]:
        entries = self._redis.xrange(self._streams[shard], min=f"({after[0]}-{after[1]}", count=PAGE)
        return [(_point(position), _event(fields)) for position, fields in entries]

    # What all of them get

    def _read_for_ever(self) -> None:
        away = False
        while True:
            try:
                if away:
                    self._after_outage()
                self._read()
                away = False
            except redis.RedisError as error:
                if not away:
                    log.warning("events wait for Redis", error=str(error))
                away = True
                gevent.sleep(TRY_EVERY)
            if not self._readers:
                self._greenlet = None  # the next reader starts another
                return

    def _read(self) -> None:
        since = {stream: f"{point[0]}-{point[1]}" for stream, point in zip(self._streams, self._position, strict=True)}
        for stream, entries in self._redis.xread(since, count=PAGE, block=BLOCK_MS) or ():
            shard = self._streams.index(stream.decode())
            for position, fields in entries:
                point = _point(position)
                self._position = (*self._position[:shard], point, *self._position[shard + 1 :])
                event = _event(fields)
                if event:
                    self._tell(shard, point, event)
            gevent.sleep(0)

    def _tell(self, shard: int, point: Point, event: dict[str, Any]) -> None:
        told: Told | None = None
        for reader in list(self._told.get(event["tenant"], ())):
            if not reader.wants(event):
                continue
            if len(reader.events) >= QUEUE:
                self._let_go(reader, "events came faster than they were taken")
                continue
            told = told or Told(position_text(self._position), event["type"], call_body(event))
            reader.events.append((shard, point, told))
            reader.news.set()

    def _let_go(self, reader: _Reader, reason: str) -> None:
        reader.lagging = reason
        reader.events.clear()
        reader.news.set()
        self._dismiss(reader)
        if isinstance(reader.greenlet, gevent.Greenlet):
            gevent.spawn_later(GRACE, self._cut, reader)

    def _cut(self, reader: _Reader) -> None:
        """End a reader whose connection takes nothing at all."""
        if reader in self._readers:
            reader.greenlet.kill(block=False)  # type: ignore[attr-defined]

    def _after_outage(self) -> None:
        """Whoever was told, and may now miss something, is let go."""
        missed = self._missed(self._position)
        if missed is not None:
            self._position = self._newest()
            for reader in [reader for told in self._told.values() for reader in told]:
                self._let_go(reader, missed.resync.reason)

    # Positions

    def _newest(self) -> Position:
        return tuple(self._end(stream) for stream in self._streams)

    def _end(self, stream: str) -> Point:
        last = self._redis.xrevrange(stream, count=1)
        return _point(last[0][0]) if last else (0, 0)

    def _missed(self, position: Position) -> "_Missed | None":
        """What somebody at a position cannot be told any more; None when they can be told everything after it."""
        start, shown, reason = list(position), list(position), ""
        for shard, stream in enumerate(self._streams):
            try:
                about = self._redis.xinfo_stream(stream)
            except redis.ResponseError:  # no such stream: nothing was told yet
                about = {"first-entry": None, "last-generated-id": b"0-0", "length": 0, "entries-added": 0}
            first, end = about["first-entry"], _point(about["last-generated-id"])
            if start[shard] > end:
                start[shard], shown[shard], reason = end, end, "this position is not known here"
            elif first is None and start[shard] < end:
                start[shard], shown[shard], reason = end, end, TOO_OLD
            elif first is not None and start[shard] < _point(first[0]) and about["entries-added"] > about["length"]:
                start[shard], shown[shard], reason = (0, 0), _point(first[0]), TOO_OLD
        if not reason:
            return None
        return _Missed(tuple(start), Resync(position_text(tuple(shown)), reason, over=False))


@dataclass(frozen=True, slots=True)
class _Missed:
    """What is said to somebody who missed events, and after which position they are told again."""

    start: Position
    resync: Resync


def position_text(position: Position) -> str:
    """A position as readers get it: the id of the entry; of several shards, one after another."""
    return "~".join(f"{point[0]}-{point[1]}" for point in position)


def parse_position(text: str, shards: int) -> Position:
    """The position a reader came back with. Raises ValueError for what is none of this installation."""
    try:
        points = tuple(_point(part) for part in text.split("~"))
    except ValueError:
        points = ()
    if len(points) != shards or any(not 0 <= number < 2**63 for point in points for number in point):
        raise ValueError("is no position of an event")
    return points


def _point(text: bytes | str) -> Point:
    milliseconds, _, number = (text if isinstance(text, str) else text.decode()).partition("-")
    return int(milliseconds), int(number or "0")


def _event(fields: dict[bytes, bytes]) -> dict[str, Any]:
    """An event; an empty one for what is none."""
    try:
        event: dict[str, Any] = orjson.loads(fields.get(b"event", b""))
        return event if event.keys() >= {"id", "type", "version", "call", "n", "at", "tenant", "data"} else {}
    except (orjson.JSONDecodeError, AttributeError):
        return {}
