"""The shared memory: journals, events and live calls in Redis, written by coalescing.

Theory of operation. A call hands in what one turn of its machine gave (signals and events) and waits until it is
written, because its effects may only be performed after that. One greenlet writes: whatever came together while the
last write was on its way goes in the next one, a single script call per shard. There is no ticker: an idle store does
nothing and a busy one batches by itself. Writes carry their positions, so repeating one changes nothing; when Redis is
away they are repeated, in order, until they succeed, and calls go on meanwhile: with an outbox as soon as their turns
are on the disk (`engine.shell.detour`), without one at once. A Redis that comes back as another one may have forgotten
what it had confirmed; what was written lately is then sent again before anything new (`engine.shell.recent_writes`).
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import gevent
import orjson
import redis
import structlog
from gevent.event import AsyncResult, Event
from redis.backoff import NoBackoff
from redis.retry import Retry

from engine.core.errors import StoreError
from engine.core.events import VERSION, CallEvent
from engine.core.ids import CallId
from engine.shell.detour import Detour
from engine.shell.drain import Drain, Mark
from engine.shell.keys import Keys, bundle_key, owner_key, shard_of
from engine.shell.losses import tell_losses
from engine.shell.outbox import Outbox, Value
from engine.shell.recent_writes import RecentWrites
from engine.shell.redis_writer import RedisWriter
from engine.shell.scripts import source

log = structlog.get_logger("store")

MAX_BATCH = 512
MOST_QUEUED = 20_000
"""Turns that may wait in memory for a Redis that is slow; more of them take the way by the disk."""
RETRY_DELAY = 0.5
BUNDLE_LIFE = 7 * 86400
"""Seconds a version of the flows stays in Redis after an engine that runs it said so last."""
KEEP_AGAIN = 2.0
"""Seconds until a version of the flows is offered again to a Redis that was away."""
LINGER = 0.02
"""Seconds a turn nobody waits for may lie until another takes it along."""
PATIENCE = 2.0
"""Seconds a call waits for its turn to be written, to Redis or to the disk, before it goes on without."""
BY_THE_DISK_AFTER = 0.5
"""Seconds it waits for Redis when there is an outbox: then turns go there, and the call goes on."""


@dataclass(slots=True)
class Commit:
    """What one turn of one call adds: signals from position `first`, events from the first one's number."""

    call: CallId
    switch: str
    bundle: str
    first: int
    signals: list[bytes]
    events: list[CallEvent]
    closed: bool = False
    epoch: int = 0
    """The lease under which the turn was made; refused when the call was claimed under a later one."""
    written: "AsyncResult[bool] | None" = field(default=None)
    """For who waits: True once it is written or in the outbox, False as soon as neither is to be expected soon."""

    def values(self) -> list[Value]:
        """It, as the script takes it."""
        events = self.events
        values: list[Value] = [
            self.call, self.switch, self.bundle, 1 if self.closed else 0, self.epoch, self.first, len(self.signals),
            *self.signals, events[0].n if events else 0, len(events),
        ]  # fmt: skip
        values += [event_json(event) for event in events]
        return values


def event_json(event: CallEvent) -> bytes:
    """A CallEvent as it stands in the stream and goes to endpoints."""
    record = {
        "id": event.id, "type": event.type, "version": VERSION, "call": event.call, "n": event.n,
        "at": round(event.at, 6), "tenant": event.tenant, "data": event.fields,
    }  # fmt: skip
    try:
        return orjson.dumps(record, default=str)
    except TypeError:  # a number of over 64 bits or half a character, from a flow or a web service
        return json.dumps(record, ensure_ascii=False, default=str).encode("utf-8", "replace")


def connect(url: str) -> redis.Redis:
    """A Redis client for commands: short timeouts and no hidden repetition of what must not be repeated."""
    client: redis.Redis = redis.Redis.from_url(
        url, protocol=2, socket_timeout=5.0, socket_connect_timeout=2.0, health_check_interval=15,
        retry=Retry(NoBackoff(), 0), max_connections=32,
    )  # fmt: skip
    return client


class Store:
    """One Redis (or its cluster), as the engine sees it. `start` before the first commit.

    Turns go into `outbox` while Redis is away; without one they wait in memory.
    """

    def __init__(
        self, url: str, *, shards: int = 1, closed_kept: int = 3600, outbox: Outbox | None = None,
        resend_bytes: int = 64 << 20,
    ) -> None:  # fmt: skip
        self.redis = connect(url)
        self._shards = [Keys(number) for number in range(shards)]
        self._closed_kept = closed_kept
        self._commits = RedisWriter(self.redis, source("commit"))
        self._own_script = self.redis.register_script(source("own"))
        self._claim_script = self.redis.register_script(source("claim"))
        self._queue: deque[Commit] = deque()
        self._wake = Event()
        self._lingers = False
        self._lingering = gevent.get_hub().loop.timer(LINGER)
        self._writer: gevent.Greenlet[[], None] | None = None
        self._stopping = False
        self._recent = RecentWrites(resend_bytes)
        self._identity = ""
        self.outbox = outbox
        self.detour: Detour[Commit] | None = None
        if outbox is not None:
            drain = Drain(outbox, self.redis, self._keys, self._send, closed_kept)
            tell = partial(tell_losses, self.redis, self._shards[0].events)
            self.detour = Detour(outbox, drain, self._queue, self._wake, tell)
        self._late = False
        self.available = True
        self.written = 0
        """Events written by this process."""

    def start(self) -> None:
        """Begin writing. Raises StoreError when Redis cannot be reached."""
        try:
            self.redis.ping()
            self._identity = self._commits.identity()
        except redis.RedisError as error:
            raise StoreError(f"Redis cannot be reached: {error}") from error
        if self.detour is not None:
            self.detour.start()
        self._writer = gevent.spawn(self._write_for_ever)

    def stop(self, timeout: float = 5.0) -> None:
        """Write what is queued and end."""
        self._stopping = True
        self._wake.set()
        if self._writer is not None:
            self._writer.join(timeout)
            self._writer.kill()
        if self.detour is not None:
            self.detour.stop(timeout)
        self._lingering.close()
        self._commits.close()
        self.redis.close()

    # Writing

    def commit(self, *commits: Commit, wait: bool = True) -> bool:
        """Hand in turns; with `wait`, True once they are written to Redis or the outbox.

        False when Redis is away or takes too long, and there is no outbox or the disk takes nothing either: then nobody
        waits any more until Redis takes something. What was not written in time still is as soon as Redis takes it.
        """
        self._queue += commits
        if not wait:
            if not self._lingers and not self._wake.is_set():
                self._lingers = True
                self._lingering.start(self._no_longer)
            return True
        written = commits[-1].written = AsyncResult()
        if not self._wake.is_set():
            self._wake.set()
        detour = self.detour
        if (detour is None or not detour.keeps) and (self._late or not self.available):
            return False
        if written.wait(PATIENCE if detour is None else BY_THE_DISK_AFTER) is True:
            return True
        if detour is not None and detour.keeps:
            detour.begin(MAX_BATCH)
            if written.wait(PATIENCE) is True:
                return True
            detour.slow = True
        self._late = True
        return False

    def _no_longer(self) -> None:
        self._lingers = False
        self._wake.set()

    @property
    def backlog(self) -> int:
        """Turns not yet written to Redis."""
        return len(self._queue) + (self.outbox.rows if self.outbox is not None else 0)

    def _write_for_ever(self) -> None:
        detour, queue = self.detour, self._queue
        while True:
            if not queue and (detour is None or not detour.open):
                if self._stopping:
                    return
                self._wake.clear()
                self._wake.wait()
                continue
            batch: list[Commit] = []
            try:
                if not self.available:
                    self._remind()
                if detour is not None and detour.open:
                    detour.step()
                else:
                    batch = [queue[index] for index in range(min(MAX_BATCH, len(queue)))]
                    for keys, commits in self._by_shard(batch):
                        self._send(keys, [commit.values() for commit in commits])
            except redis.RedisError as error:
                if self.available:
                    log.warning("redis is away, calls go on and events wait", error=str(error), waiting=self.backlog)
                self.available = False
                self._go_on_without(len(batch))
                if self._stopping:
                    return
                gevent.sleep(RETRY_DELAY)
                continue
            if not self.available:
                log.info("redis is back", waiting=self.backlog)
                self.available = True
            self._late = False
            if detour is not None and detour.open:
                continue  # it may have been opened while Redis took its time: then the queue is not ours
            for commit in batch:
                queue.popleft()
                if commit.written is not None:
                    commit.written.set(True)
            if detour is not None and len(queue) > MOST_QUEUED:
                log.warning("redis is slow, turns go by the disk", waiting=self.backlog)
                detour.begin(0)

    def _go_on_without(self, in_flight: int) -> None:
        if self.detour is not None:
            self.detour.begin(in_flight)
        else:
            self._let_go()

    def _remind(self) -> None:
        """After a failure: tell a Redis that is not the one it was what it may have forgotten."""
        identity = self._commits.identity()
        if not identity or identity != self._identity:
            self._commits.repeat(self._recent.since())
            log.warning(
                "redis is another one than before, what was written lately was sent again", writes=len(self._recent)
            )
        self._identity = identity

    def _let_go(self) -> None:
        """Wake every call that waits: the write it waits for may take long."""
        for commit in self._queue:
            if commit.written is not None:
                commit.written.set(False)
                commit.written = None

    def _by_shard(self, batch: list[Commit]) -> Iterator[tuple[Keys, list[Commit]]]:
        if len(self._shards) == 1:
            yield self._shards[0], batch
            return
        sorted_out: dict[int, list[Commit]] = {}
        for commit in batch:
            sorted_out.setdefault(shard_of(commit.call, len(self._shards)), []).append(commit)
        for shard, commits in sorted_out.items():
            yield self._shards[shard], commits

    def _send(self, keys: Keys, turns: Sequence[Sequence[Value]], mark: Mark | None = None) -> None:
        """Write turns of one shard; those of an outbox with the mark how far that has come."""
        names: list[str] = [keys.events, keys.live]
        values: list[Value] = [self._closed_kept]
        for turn in turns:
            call = turn[0].decode() if isinstance(turn[0], bytes) else str(turn[0])
            names.append(keys.journal(call))
            names.append(keys.state(call))
            values += turn
        if mark is not None:
            names.append(keys.drained(mark[0]))
            values.append(mark[1])
        written = self._commits.run(names, values)
        self._recent.keep(self._commits.sent)
        self.written += written if isinstance(written, int) else 0

    # Taking over

    def live_calls(self, switch: str) -> list[CallId]:
        """The calls on a switch that were not closed when their engine was last heard of."""
        found: list[CallId] = []
        for keys in self._shards:
            live: dict[bytes, bytes] = self.redis.hgetall(keys.live)  # type: ignore[assignment]
            found += [CallId(call.decode()) for call, on in live.items() if on.decode() == switch]
        return found

    def drain(self) -> None:
        """Wait until everything handed in so far is in Redis, and all that dead engines left in outboxes here.

        Raises StoreError when Redis does not take it in time; while it takes some, there is time.
        """
        if self.detour is not None:
            self.detour.adopt()
        waited: AsyncResult[bool] | None = None
        if self._queue:
            last = self._queue[-1]
            waited = last.written = last.written or AsyncResult()
            self._wake.set()
        closed = self.detour is None or self.detour.wait_closed(PATIENCE)
        written = waited is None or waited.wait(PATIENCE) is True
        if not (closed and written and (self.detour is None or not self.detour.open)):
            raise StoreError(f"Redis is away and {self.backlog} turns are not written yet")

    def claim(self, call: CallId, epoch: int) -> tuple[str, list[bytes]] | None:
        """Take a call over under a lease: its bundle id and its signals, to which no earlier owner can add any more.

        None when it was claimed under a later lease.
        """
        keys = self._keys(call)
        claimed = self._claim_script(keys=[keys.journal(call), keys.state(call)], args=[epoch])
        return (claimed[0].decode(), claimed[1]) if claimed else None

    def journal(self, call: CallId) -> tuple[str, list[bytes]]:
        """A call's bundle id and its signals."""
        keys = self._keys(call)
        with self.redis.pipeline(transaction=False) as pipeline:
            pipeline.hget(keys.state(call), "bundle")
            pipeline.lrange(keys.journal(call), 0, -1)
            bundle, lines = pipeline.execute()
        return (bundle or b"").decode(), lines

    def forget(self, call: CallId) -> None:
        """Take a call that cannot be rebuilt off the list; its caller, if still there, can become a call anew."""
        keys = self._keys(call)
        with self.redis.pipeline(transaction=True) as pipeline:
            pipeline.hdel(keys.live, call)
            pipeline.delete(keys.journal(call), keys.state(call))
            pipeline.execute()

    def _keys(self, call: CallId) -> Keys:
        return self._shards[shard_of(call, len(self._shards)) if len(self._shards) > 1 else 0]

    # Ownership of switches

    def own(self, switch: str, owner: str, epoch: int, ttl_ms: int) -> int:
        """Take (epoch 0) or keep a switch; the epoch held, or 0 when another engine has it."""
        return int(self._own_script(keys=[owner_key(switch)], args=[owner, epoch, ttl_ms]))

    def disown(self, switch: str, owner: str, epoch: int) -> None:
        """Let go of a switch, if it is still ours, so that another engine can take it at once."""
        self._own_script(keys=[owner_key(switch)], args=[owner, epoch, 0])

    # Versions of the flows

    def keep_bundle(self, bundle: str, sources: dict[str, str]) -> None:
        """Keep the sources of a version for a week from now; while Redis is away, once it is back."""
        try:
            with self.redis.pipeline(transaction=False) as pipeline:
                pipeline.set(bundle_key(bundle), orjson.dumps(sources), nx=True)
                pipeline.expire(bundle_key(bundle), BUNDLE_LIFE)
                pipeline.execute()
        except redis.RedisError as error:
            log.warning("a version of the flows is not in Redis yet", bundle=bundle, error=str(error))
            if not self._stopping:
                gevent.spawn_later(KEEP_AGAIN, self.keep_bundle, bundle, sources)

    def bundle_sources(self, bundle: str) -> dict[str, str] | None:
        """The sources of a version, if they are still known."""
        kept = self.redis.get(bundle_key(bundle))
        return orjson.loads(kept) if kept else None
