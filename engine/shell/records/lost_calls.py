"""Finds calls that no engine knows any more and whose end nobody told, so that they are not shown as live for ever.

An engine takes a call off its list in the same write that tells its end. A call that is off the list, and of which the
record says it is live although every event up to then was read, was given up without a word.
"""

from time import time
from typing import Any

import gevent
import redis
import structlog

from engine.shell.delivery.redis_line import RedisLine
from engine.shell.keys import CallKeys, Keys
from engine.shell.records.call_record import CallRecord
from engine.shell.records.record_writer import SCRIPTS, RecordWriter

log = structlog.get_logger("records")

LOOK_EVERY = 60.0
PER_PAGE = 500


class LostCalls:
    """Looks at the live records of one shard; `group` is the reader of events whose records these are."""

    def __init__(self, client: redis.Redis, keys: Keys, group: str, keep_seconds: int) -> None:
        self._keys = keys
        self._group = group
        self._line = RedisLine(client, SCRIPTS)
        self._writer = RecordWriter(self._line, keys.recorded_live, keep_seconds)
        self._suspects: dict[bytes, tuple[int, int]] = {}
        """Calls off the list at the last look, with the position of the stream's end at that time."""
        self.found = 0
        """Lost calls so far."""

    def look_for_ever(self) -> None:
        """Look now and then."""
        while True:
            gevent.sleep(LOOK_EVERY)
            try:
                self.look()
            except redis.RedisError as error:
                log.warning("lost calls cannot be looked for", error=str(error))
                self._line.close()

    def look(self) -> int:
        """End the records of calls that were lost at the last look already; how many these were."""
        end, read = self._positions()
        unknown = {call for page in self._pages() for call in self._unknown(page)}
        lost = [call for call, then in self._suspects.items() if call in unknown and read >= then]
        self._suspects = {call: self._suspects.get(call, end) for call in unknown if call not in lost}
        for call in lost:
            self._end(call)
        return len(lost)

    def close(self) -> None:
        """Let go of the connection."""
        self._line.close()

    def _positions(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Where the stream ends, and how far its events were read."""
        try:
            stream, groups = self._line.ask(
                [("XINFO", "STREAM", self._keys.events), ("XINFO", "GROUPS", self._keys.events)]
            )
        except redis.ResponseError:  # no such stream: nothing was told yet
            return (0, 0), (0, 0)
        read = (0, 0)
        for words in groups:
            known = _named(words)
            if known[b"name"] == self._group.encode():
                read = _position(known[b"last-delivered-id"])
        return _position(_named(stream)[b"last-generated-id"]), read

    def _pages(self) -> list[list[bytes]]:
        pages, cursor = [], b"0"
        while True:
            cursor, page = self._line.ask_one(("SSCAN", self._keys.recorded_live, cursor, "COUNT", PER_PAGE))
            pages.append(page)
            if cursor == b"0":
                return pages

    def _unknown(self, calls: list[bytes]) -> list[bytes]:
        if not calls:
            return []
        switches = self._line.ask_one(("HMGET", self._keys.live, *calls))
        return [call for call, switch in zip(calls, switches, strict=True) if switch is None]

    def _end(self, call: bytes) -> None:
        text = self._line.ask_one(("HGET", CallKeys(call.decode()).record, "json"))
        record = CallRecord.from_json(text) if text is not None else None
        if record is None or record.state == "ended":
            self._line.ask_one(("SREM", self._keys.recorded_live, call))
            return
        record.lose(time())
        self._writer.amend(record)
        self.found += 1
        log.error("a call is lost: no engine knows it and its end was never told", call=record.id)


def _named(words: list[Any]) -> dict[bytes, Any]:
    return dict(zip(words[::2], words[1::2], strict=True))


def _position(text: bytes) -> tuple[int, int]:
    milliseconds, _, number = text.partition(b"-")
    return int(milliseconds), int(number or b"0")
