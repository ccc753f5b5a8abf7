"""What one endpoint still has to be sent, as it stands in Redis: its queues, the slow schedule, what was tried already.

An entry stays where it is until its delivery is finished, and leaves in the same step that writes down what became of
it. Whoever owns the endpoint next finds everything else. Entries are appended under explicit ids, so that appending
twice is appending once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
import structlog

from engine.shell.delivery.redis_line import Command, delivery_script
from engine.shell.keys import REPLAY, EndpointKeys, source_of
from engine.webhooks.retry_schedule import Progress

log = structlog.get_logger("deliver")

APPEND = delivery_script("append")
FINISH = delivery_script("finish")
DUE = delivery_script("due")

GONE, FULL, FENCED = -1, -2, -1
"""What the scripts answer when nothing was done: no such endpoint, no room; not the owner any more."""
LOG_KEPT = 20_000
DEAD_KEPT = 100_000


@dataclass(slots=True, eq=False)
class Entry:
    """One event for one endpoint. `queue` 1, 2 ... is where it stands; 0 is the slow schedule."""

    event: str
    call: str
    """Empty for an event of no call."""
    type: str
    body: bytes
    queue: int = 0
    position: bytes = b""
    """The id of its entry."""

    @property
    def lane(self) -> str:
        """What it keeps its order with."""
        return self.call or self.event


class What(StrEnum):
    """What becomes of an entry after an attempt."""

    DONE = "done"
    LANE = "lane"
    SLOW = "slow"
    DEAD = "dead"
    NOTE = "note"


@dataclass(slots=True)
class Outcome:
    """One attempt to be written down."""

    what: What
    entry: Entry
    line: bytes
    """For the delivery log."""
    due_ms: int = 0
    remembered: bytes = b""


class EndpointQueue:
    """The commands about one endpoint; whoever has a connection sends them."""

    def __init__(self, endpoint: str, *, shards: int = 1) -> None:
        self.keys = EndpointKeys(endpoint)
        sources = [*(source_of(shard) for shard in range(shards)), REPLAY]
        self.streams = tuple(self.keys.queue(source) for source in sources)
        """Its queues; an entry's `queue` is the place of its stream here, from 1."""
        keys = self.keys
        self._finish_keys = (
            keys.owner, keys.state, keys.tries, keys.slow, keys.parked, keys.dead, keys.dead_bodies, keys.log,
            *self.streams,
        )  # fmt: skip

    def append(self, queue: int, most: int, entries: Sequence[Entry]) -> Command:
        """Append entries under their positions. Answer: how many were new, GONE or FULL."""
        words: list[bytes | str | int] = [most]
        for entry in entries:
            words += (entry.position, entry.event, entry.call, entry.type, entry.body)
        return APPEND.call([self.keys.state, self.streams[queue - 1]], words)

    def opening(self) -> list[Command]:
        """What a new owner asks first: the state and what was tried; read with `tried`."""
        return [("HGETALL", self.keys.state), ("HGETALL", self.keys.tries)]

    def page(self, queue: int, after: bytes, count: int) -> Command:
        """Entries after a position, without waiting for any; read with `entries_of`."""
        return ("XREAD", "COUNT", count, "STREAMS", self.streams[queue - 1], after)

    def due(self, now_ms: int, most: int) -> Command:
        """Entries of the slow schedule whose time has come; read with `due_entries`."""
        return DUE.call([self.keys.slow, self.keys.parked], [now_ms, most])

    def finish(
        self, owner: str, epoch: int, now_ms: int, outcomes: Sequence[Outcome], state: Mapping[str, str | float]
    ) -> Command:
        """Write down what attempts came to, and fields of the state. Answer: how many were new, or FENCED."""
        words: list[bytes | str | int | float] = [owner, epoch, LOG_KEPT, DEAD_KEPT, now_ms, len(state)]
        for name, value in state.items():
            words += (name, value)
        for outcome in outcomes:
            entry = outcome.entry
            words += (outcome.what, entry.queue, entry.position, entry.event)
            words += (outcome.due_ms, outcome.remembered, outcome.line)
        return FINISH.call(self._finish_keys, words)


def entries_of(queue: int, answer: Sequence[Any]) -> list[Entry]:
    """The entries of one stream as Redis gave them."""
    found = []
    for position, fields in answer:
        event, call, kind, body = fields[1::2]
        found.append(Entry(event.decode(), call.decode(), kind.decode(), body, queue, position))
    return found


# What is remembered of an entry beside its queue: a line of JSON, then the body as it is sent.


def packed(entry: Entry, **header: Any) -> bytes:
    """An entry that leaves its queue, with what must be known about it."""
    return orjson.dumps({"call": entry.call, "type": entry.type, **header}) + b"\n" + entry.body


def unpacked(event: str, remembered: bytes) -> tuple[Entry, dict[str, Any]]:
    """The entry and what was remembered of it. Raises ValueError."""
    line, _, body = remembered.partition(b"\n")
    header = orjson.loads(line)
    return Entry(event, header["call"], header["type"], body), header


def progress_line(progress: Progress, since: float) -> bytes:
    """What was tried of an event that holds its lane since Unix time `since`."""
    return b"%d %d %d %.3f" % (progress.attempts, progress.quick, progress.slow, since)


def tried(fields: Sequence[bytes]) -> dict[str, tuple[Progress, float]]:
    """What was tried, by event, and since when it holds its lane (Unix time)."""
    known = {}
    for event, line in zip(fields[::2], fields[1::2], strict=True):
        attempts, quick, slow, since = line.split()
        known[event.decode()] = (Progress(int(attempts), int(quick), int(slow)), float(since))
    return known


def due_entries(answer: Sequence[Any]) -> tuple[float | None, list[tuple[Entry, Progress]]]:
    """When (Unix time) the next slow retry is due after these, and these."""
    found = []
    for event, remembered in zip(answer[1::2], answer[2::2], strict=True):
        try:
            entry, header = unpacked(event.decode(), remembered)
            progress = Progress(header["attempts"], header["quick"], header["slow"], parked=True)
        except (ValueError, KeyError, TypeError):
            log.error("a slow retry cannot be read", id=event.decode("utf-8", "replace"))
        else:
            found.append((entry, progress))
    return (float(answer[0]) / 1000 if answer[0] else None), found
