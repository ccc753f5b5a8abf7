"""Reads the CallEvents in Redis: those that were told, and those that are being told now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import redis

from engine.core.errors import StoreError
from engine.shell.keys import Keys
from engine.shell.store import connect

PAGE = 500
BLOCK_MS = 1000
"""How long one look waits for news: well under the client's own timeout."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of one call, of one type or a family of types (`flow` is `flow.step` and all its kin)."""

    call: str = ""
    type: str = ""

    def holds(self, event: dict[str, Any]) -> bool:
        """Whether an event is one of them."""
        if self.call and event.get("call") != self.call:
            return False
        kind = str(event.get("type", ""))
        return not self.type or kind == self.type or kind.startswith(f"{self.type}.")


class EventReader:
    """The event streams of one Redis. Raises StoreError when it cannot be read."""

    def __init__(self, url: str, *, shards: int = 1) -> None:
        self._redis = connect(url)
        self._streams = [Keys(number).events for number in range(shards)]

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()

    def past(self, wanted: Wanted = Wanted()) -> Iterator[dict[str, Any]]:
        """Every event still kept, oldest first; of several shards one after another."""
        for stream in self._streams:
            yield from self._page_through(stream, wanted)

    def newest(self) -> dict[str, str]:
        """The position after everything told so far, for `follow`."""
        positions = {}
        for stream in self._streams:
            last = self._ask(partial(self._redis.xrevrange, stream, count=1))
            positions[stream] = _text(last[0][0]) if last else "0"
        return positions

    def follow(self, wanted: Wanted = Wanted(), since: dict[str, str] | None = None) -> Iterator[dict[str, Any] | None]:
        """Events after `since` (default: now; an empty one is the beginning), for ever.

        None now and then, when there is no news, so that the caller can stop.
        """
        known = self.newest() if since is None else since
        positions: dict[Any, Any] = {stream: known.get(stream, "0") for stream in self._streams}
        while True:
            news = self._ask(partial(self._redis.xread, positions, count=PAGE, block=BLOCK_MS))
            for stream, entries in news or ():
                for position, fields in entries:
                    positions[_text(stream)] = _text(position)
                    event = orjson.loads(fields[b"event"])
                    if wanted.holds(event):
                        yield event
            if not news:
                yield None

    def _page_through(self, stream: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
        start = "-"
        while True:
            page = self._ask(partial(self._redis.xrange, stream, min=start, count=PAGE))
            for _, fields in page:
                event = orjson.loads(fields[b"event"])
                if wanted.holds(event):
                    yield event
            if len(page) < PAGE:
                return
            start = f"({_text(page[-1][0])}"

    def _ask(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except redis.RedisError as error:
            raise StoreError(f"events cannot be read from Redis: {error}") from None


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
