"""The body of a JSON event, read as far as somebody asks.

An event has some two hundred headers and the engine reads five of them, so an event is not parsed: a header is looked
for. That is safe because FreeSWITCH writes events with cJSON, which escapes every quote inside a value: the bytes
`"Name":` with both quotes bare can only be a name (cJSON.c, print_string_ptr). What is not UTF-8 becomes U+FFFD; of a
header that comes twice the first one counts, which is FreeSWITCH's own: its headers stand before all variables.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

_BACKSLASH = 0x5C

Headers = dict[str, Any]
"""Every header by name; array variables are lists."""


class Event:
    """One event. `get` finds a header; `headers` has them all, for those who want that."""

    __slots__ = ("_headers", "body")

    def __init__(self, body: bytes, headers: Headers | None = None) -> None:
        self.body = body
        self._headers = headers

    @classmethod
    def of(cls, headers: Headers) -> "Event":
        """An event with these headers."""
        return cls(b"", dict(headers))

    def get(self, name: str) -> str:
        """A header as text: empty when there is none, the last item of an array."""
        if self._headers is not None:
            return _as_text(self._headers.get(name))
        body = self.body
        key = _key(name)
        at = body.find(key)
        while at > 0 and body[at - 1] == _BACKSLASH:  # the end of a name that has a quote in it
            at = body.find(key, at + 1)
        if at < 0:
            return ""
        at += len(key)
        if body[at : at + 1] != b'"':
            return _as_text(self.headers.get(name))
        return _string(body, at + 1)

    def late(self, name: str) -> str:
        """The same, for a header FreeSWITCH writes after the variables: looked for from the end."""
        if self._headers is None:
            body = self.body
            key = _key(name)
            at = body.rfind(key)
            while at > 0 and body[at - 1] == _BACKSLASH:
                at = body.rfind(key, 0, at)
            if at < 0:
                return ""
            at += len(key)
            if body[at : at + 1] == b'"':
                return _string(body, at + 1)
        return _as_text(self.headers.get(name))

    @property
    def name(self) -> str:
        """Which event it is."""
        return self.get("Event-Name")

    def names(self, prefix: str) -> Iterator[str]:
        """The names of headers that begin with `prefix`."""
        if self._headers is not None:
            yield from (name for name in self._headers if name.startswith(prefix))
            return
        start = b'"' + prefix.encode()
        at = self.body.find(start)
        while at >= 0:
            end = self.body.find(b'"', at + 1)
            if end < 0:
                return
            if self.body[end + 1 : end + 2] == b":" and self.body[at - 1 : at] in (b",", b"{"):
                yield self.body[at + 1 : end].decode("utf-8", "replace")
            at = self.body.find(start, end)

    @property
    def headers(self) -> Headers:
        """All headers; empty when the body is no JSON object."""
        if self._headers is None:
            self._headers = parse_headers(self.body) or {}
        return self._headers


def parse_headers(body: bytes) -> Headers | None:
    """All headers of a body, or None when it is no JSON object at all."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            found = _whole(json.loads(body.decode("utf-8", "replace"), strict=False))
        except (ValueError, RecursionError):
            return None
    return found if isinstance(found, dict) else None


def parse_event(body: bytes) -> Event | None:
    """The event in `body`; None for what cannot be one."""
    return Event(body) if body[:1] == b"{" else None


@lru_cache(maxsize=512)
def _key(name: str) -> bytes:
    return b'"' + name.encode() + b'":'


def _string(body: bytes, start: int) -> str:
    end = body.find(b'"', start)
    while end > 0 and body[end - 1] == _BACKSLASH and _escaped(body, end, start):
        end = body.find(b'"', end + 1)
    if end < 0:
        return ""
    raw = body[start:end]
    if b"\\" in raw:
        try:
            return str(orjson.loads(b'"' + raw + b'"'))
        except orjson.JSONDecodeError:
            try:
                return str(_whole(json.loads('"' + raw.decode("utf-8", "replace") + '"', strict=False)))
            except ValueError:
                return raw.decode("utf-8", "replace")
    return raw.decode("utf-8", "replace")


def _whole(value: Any) -> Any:
    """The value with every half of a character (an escaped surrogate, which cannot be written anywhere) replaced."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {_whole(name): _whole(item) for name, item in value.items()}
    return value


def _escaped(body: bytes, quote: int, start: int) -> bool:
    """Whether the quote stands after an odd number of backslashes."""
    count = 0
    while quote - 1 - count >= start and body[quote - 1 - count] == _BACKSLASH:
        count += 1
    return count % 2 == 1


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return str(value[-1])
    return "" if value is None or isinstance(value, dict | list) else str(value)
