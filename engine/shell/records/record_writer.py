"""Turns events into the records, traces, indexes and counts that Redis keeps of calls.

Theory of operation. Events come in the order of their stream, so those of one call come in the order of their numbers.
A batch is written in two rounds: first what finds and counts calls, then the records with their traces, which hold the
number of the last event in them. Whatever is repeated after a crash is therefore either new to the record, and its
first round is repeated too, or known to it and passed over. Each write refuses what is older than what is there, so
even a process that lost its lease without knowing does no harm.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha1
from importlib.resources import files
from time import time
from typing import Any

import orjson
import structlog

from engine.shell.delivery.redis_line import Command, RedisLine, Script, Word
from engine.shell.keys import CallKeys, TenantKeys
from engine.shell.records.call_record import CallRecord
from engine.shell.records.usage import KEPT_SECONDS, month_of, used_by

log = structlog.get_logger("records")

MOST_TAGS = 16
"""Tags of one call that it can be found by."""
LONGEST_VALUE = 64
"""Characters of a value a call is found by; of a longer one its SHA-1."""


class RecordScript(Script):
    """One Lua script of the records."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        self.text = (files(__package__) / "scripts" / f"{name}.lua").read_text(encoding="utf-8")
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


RECORD = RecordScript("record_call")
INDEX = RecordScript("index_call")
SCRIPTS = (RECORD, INDEX)


def sought(value: Any) -> str:
    """The form in which a value of a record is looked for."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if len(text) <= LONGEST_VALUE:
        return text
    return "#" + sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class _News:
    """What a batch tells of one call."""

    events: list[tuple[int, bytes, dict[str, Any]]] = field(default_factory=list)
    record: CallRecord | None = None
    new: bool = True
    """Whether nothing was known of it before."""
    found_by: dict[str, None] = field(default_factory=dict)
    """Keys of the indexes it newly belongs to, in order."""


class RecordWriter:
    """Writes what batches of events of one shard say.

    `line` must know SCRIPTS; `live` is the key of the shard's calls whose records are live; `keep_seconds` is how long
    calls are remembered.
    """

    def __init__(self, line: RedisLine, live: str, keep_seconds: int) -> None:
        self._line = line
        self._live = live
        self._keep = keep_seconds
        self.missing = 0
        """Events that were gone before they were read."""
        self.unreadable = 0
        """Events that could not be understood; they are passed over."""

    def write(self, batch: Iterable[bytes]) -> None:
        """Take in events, oldest first. Raises redis.RedisError; then the same batch is to be given again."""
        by_call: dict[str, _News] = {}
        for raw in batch:
            event = self._read(raw)
            if event is not None:
                by_call.setdefault(event["call"], _News()).events.append((event["n"], raw, event))
        self._recall(by_call)
        for news in by_call.values():
            self._add(news)
        fresh = [news for news in by_call.values() if news.record is not None]
        indexing = [command for news in fresh for command in self._index(news)]
        if indexing:
            self._line.ask(indexing)
        if fresh:
            self._line.ask([command for news in fresh for command in self._keep_record(news)])

    def amend(self, record: CallRecord) -> None:
        """Replace a record by what was found out about it otherwise than by an event."""
        news = _News(record=record)
        self._line.ask([*self._index(news), *self._keep_record(news)])

    def _read(self, raw: bytes) -> dict[str, Any] | None:
        """An event of a call; None for what is none."""
        try:
            event: dict[str, Any] = orjson.loads(raw)
            if event["call"] is None:  # about a webhook, not about a call
                return None
            if isinstance(event["call"], str) and isinstance(event["n"], int) and isinstance(event["data"], dict):
                return event
        except (orjson.JSONDecodeError, KeyError, TypeError):
            pass
        self.unreadable += 1
        log.error("an event cannot be read, it is in no record", text=raw[:200])
        return None

    def _recall(self, by_call: dict[str, _News]) -> None:
        """Read the records of calls whose beginning is not in the batch."""
        older = {call: news for call, news in by_call.items() if news.events[0][0] != 1}
        if not older:
            return
        kept = self._line.ask([("HGET", CallKeys(call).record, "json") for call in older])
        for news, text in zip(older.values(), kept, strict=True):
            if text is None:
                continue
            try:
                news.record, news.new = CallRecord.from_json(text), False
            except (orjson.JSONDecodeError, AttributeError, TypeError) as error:
                log.error("a record cannot be read and is begun anew", error=repr(error), text=text[:200])

    def _add(self, news: _News) -> None:
        """Bring a call's record up to date; None when the batch holds nothing new to it."""
        record, known = news.record, news.record.events if news.record is not None else 0
        fresh = [event for event in news.events if event[0] > known]
        news.events = fresh
        if not fresh:
            news.record = None
            return
        if record is None:
            first = fresh[0][2]
            record = CallRecord(first["call"], str(first["tenant"]))
        gone = fresh[-1][0] - known - len(fresh)
        if gone:
            self.missing += gone
            log.error("events of a call are missing", call=record.id, missing=gone, after=known)
        for number, _, event in fresh:
            try:
                record.add(event)
            except (KeyError, TypeError, ValueError) as error:
                self.unreadable += 1
                record.events = number
                log.error("an event does not fit its record", call=record.id, n=number, error=repr(error))
        news.record = record
        news.found_by = dict.fromkeys(self._finders(record, news))

    @staticmethod
    def _finders(record: CallRecord, news: _News) -> Iterator[str]:
        keys = TenantKeys(record.tenant)
        if news.new:
            for name in ("direction", "caller", "called"):
                value = getattr(record, name)
                if value:
                    yield keys.found_by(name, sought(value))
        tags = False
        for _, _, event in news.events:
            kind, told = event["type"], event["data"]
            if kind == "flow.started" and "parent" not in told:
                yield keys.found_by("flow", sought(told.get("flow", "")))
            elif kind == "call.initiated" and told.get("flow"):
                yield keys.found_by("flow", sought(told["flow"]))
            elif kind == "call.ended":
                yield keys.found_by("cause", sought(record.cause))
            tags = tags or kind in ("call.tagged", "call.ended")
        if tags:
            for tag in list(record.tags.items())[:MOST_TAGS]:
                yield keys.found_by("tag", sought(tag_text(*tag)))

    def _index(self, news: _News) -> Iterator[Command]:
        record = news.record
        assert record is not None
        ended = record.state == "ended"
        if not (ended or news.new or news.found_by):
            return
        keys, began, now = TenantKeys(record.tenant), record.began, time()
        used: list[Word] = []
        for name, amount in used_by(record).items() if ended else ():
            used += (name, amount)
        month = keys.usage(month_of(began + (record.duration_ms or 0) / 1000))
        yield INDEX.call(
            [keys.calls, keys.live, month, *news.found_by],
            [record.id, f"{began:.3f}", self._keep, f"{now - self._keep:.3f}", int(ended), KEPT_SECONDS, *used],
        )

    def _keep_record(self, news: _News) -> Iterator[Command]:
        record = news.record
        assert record is not None
        keys = CallKeys(record.id)
        values: list[Word] = [record.events, record.tenant, record.json(), self._keep]
        for number, raw, _ in news.events:
            values += (number, raw)
        yield RECORD.call([keys.record, keys.trace], values)
        if record.state == "ended":
            yield ("SREM", self._live, record.id)
        elif news.new:
            yield ("SADD", self._live, record.id)


def tag_text(name: str, value: Any) -> str:
    """A tag as it is looked for: `plan=gold`."""
    return f"{name}={value if isinstance(value, str) else orjson.dumps(value).decode()}"
