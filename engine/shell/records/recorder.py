"""Keeps the records of calls up to date: one process per shard reads its events and writes what they say.

It reads from a position, not as a consumer of the group: nothing is handed out that a process which then dies would
keep from others. The group `records` holds the position, set after everything up to it is written; so the stream is not
trimmed before it, and whoever takes the shard over begins there. See record_writer.py on why repeating is harmless.
"""

from dataclasses import dataclass
from time import time
from typing import Any

import gevent
import redis
import structlog

from engine.shell.delivery.redis_line import RedisLine
from engine.shell.keys import Keys
from engine.shell.records.lost_calls import LostCalls
from engine.shell.records.record_writer import SCRIPTS, RecordWriter

log = structlog.get_logger("records")

GROUP = "records"
PER_BATCH = 500
"""Events written at once: more of them would hold up the hub."""
FEW = 100
REST = 0.05
"""Seconds to rest after a batch of few, so that the next is not smaller still."""
BLOCK_MS = 2000
TRY_EVERY = 0.5


@dataclass(slots=True)
class _Shard:
    """One shard this process records."""

    keys: Keys
    writer: RecordWriter
    line: RedisLine
    lost: LostCalls
    greenlets: "list[gevent.Greenlet[..., None]]"


class Recorder:
    """Records the shards this process holds the leases of; `gained` and `lost` say which these are.

    The name of a shard's task is the key of its lease. `keep_hours` is how long a call is remembered.
    """

    def __init__(self, client: redis.Redis, *, shards: int = 1, keep_hours: float = 168.0) -> None:
        self._client = client
        self._keep_seconds = int(keep_hours * 3600)
        self._shards = {keys.recorder: keys for keys in map(Keys, range(shards))}
        self._running: dict[str, _Shard] = {}
        self.recorded = 0
        """Events written by this process; some of them perhaps twice."""
        self.behind = 0.0
        """Seconds the last batch lay in its stream."""
        self._unreadable = 0
        self._missing = 0
        self._lost_calls = 0

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks to be shared among processes, by the keys of their leases."""
        return tuple(self._shards)

    @property
    def unreadable(self) -> int:
        """Events that no record could take in."""
        return self._unreadable + sum(shard.writer.unreadable for shard in self._running.values())

    @property
    def missing(self) -> int:
        """Events that were gone before they were read."""
        return self._missing + sum(shard.writer.missing for shard in self._running.values())

    @property
    def lost_calls(self) -> int:
        """Calls that were found to be lost."""
        return self._lost_calls + sum(shard.lost.found for shard in self._running.values())

    @property
    def shards(self) -> int:
        """Shards this process records."""
        return len(self._running)

    def gained(self, task: str) -> None:
        """Record a shard from now on."""
        if task in self._running:
            return
        keys = self._shards[task]
        line = RedisLine(self._client, SCRIPTS)
        writer = RecordWriter(line, keys.recorded_live, self._keep_seconds)
        shard = _Shard(keys, writer, line, LostCalls(self._client, keys, GROUP, self._keep_seconds), [])
        self._running[task] = shard
        shard.greenlets = [gevent.spawn(self._record, shard), gevent.spawn(shard.lost.look_for_ever)]

    def lost(self, task: str) -> None:
        """Stop at once; what is half done is done again by the next process."""
        shard = self._running.pop(task, None)
        if shard is None:
            return
        gevent.killall(shard.greenlets)
        self._unreadable += shard.writer.unreadable
        self._missing += shard.writer.missing
        self._lost_calls += shard.lost.found
        shard.line.close()
        shard.lost.close()

    def start(self) -> None:
        """Record every shard, for a process that shares them with nobody."""
        for task in self._shards:
            self.gained(task)

    def stop(self) -> None:
        """Stop everything."""
        for task in list(self._running):
            self.lost(task)

    def _record(self, shard: _Shard) -> None:
        position: str | None = None
        away = False
        while True:
            try:
                if position is None:
                    position = group_position(shard.line, shard.keys.events, GROUP)
                entries = _read(shard.line, shard.keys.events, position)
                if entries:
                    shard.writer.write(event for _, event in entries)
                    self.recorded += len(entries)
                    position = entries[-1][0].decode()
                    shard.line.ask_one(("XGROUP", "SETID", shard.keys.events, GROUP, position))
            except redis.RedisError as error:
                if not away:
                    log.warning("records wait for Redis", shard=shard.keys.tag, error=str(error))
                away, position = True, None  # how far it came is asked anew: Redis may have lost its last moments
                shard.line.close()
                gevent.sleep(TRY_EVERY)
                continue
            except Exception as error:  # noqa: BLE001 - the calls after it shall have their records once this is mended
                log.error("records cannot be written", shard=shard.keys.tag, error=repr(error))
                position = None
                shard.line.close()
                gevent.sleep(TRY_EVERY * 10)
                continue
            away = False
            if entries:
                self.behind = max(0.0, time() - int(entries[-1][0].partition(b"-")[0]) / 1000)
            if len(entries) < FEW:
                gevent.sleep(REST)


def group_position(line: RedisLine, stream: str, group: str) -> str:
    """How far a group of a stream has come; one that does not exist begins with the oldest event."""
    try:
        line.ask_one(("XGROUP", "CREATE", stream, group, "0", "MKSTREAM"))
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    for words in line.ask_one(("XINFO", "GROUPS", stream)):
        known = dict(zip(words[::2], words[1::2], strict=True))
        if known[b"name"] == group.encode():
            position: bytes = known[b"last-delivered-id"]
            return position.decode()
    raise redis.ResponseError(f"NOGROUP {group}")  # removed in this moment: the next look makes it again


def _read(line: RedisLine, stream: str, position: str) -> list[tuple[bytes, bytes]]:
    """The next entries with their events; none when nothing came for a while."""
    answer: Any = line.ask_one(("XREAD", "COUNT", PER_BATCH, "BLOCK", BLOCK_MS, "STREAMS", stream, position))
    if not answer:
        return []
    return [
        (position, dict(zip(words[::2], words[1::2], strict=True)).get(b"event", b""))
        for position, words in answer[0][1]
    ]
