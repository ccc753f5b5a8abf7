"""The body of a JSON event as a dictionary, however broken its text is."""

import json
from typing import Any

import orjson

Event = dict[str, Any]
"""Header name to text; array variables are lists. Read it with `.get`: no header is certain."""


def parse_event(body: bytes) -> Event | None:
    """The event in `body`, or None when it is no JSON object at all.

    A caller name that is not UTF-8 makes the whole event invalid JSON, because FreeSWITCH passes the bytes on raw:
    such bytes become U+FFFD. Of a header that comes twice the last one counts.
    """
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            event = _whole(json.loads(body.decode("utf-8", "replace"), strict=False))
        except (ValueError, RecursionError):
            return None
    return event if isinstance(event, dict) else None


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


def text(event: Event, name: str) -> str:
    """A header as text: empty when absent, the last item of an array."""
    value = event.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return str(value[-1])
    return "" if value is None or isinstance(value, dict | list) else str(value)
