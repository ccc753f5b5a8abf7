"""How the console writes things: times, durations, numbers, and texts that strangers chose."""

import re
from datetime import UTC, datetime
from typing import Any

LONGEST = 1100
"""Characters of a stranger's text that are shown; the answer of a receiver (1 KiB) is shown whole."""
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, what turns the direction of writing, and halves of characters: they can make a text lie."""
REPLACED = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """A text that shows what is in it: nothing invisible, not endless."""
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return _UNSEEN.sub(REPLACED, text)


def moment(value: Any) -> datetime | None:
    """A time as a record holds it (RFC 3339, or seconds since 1970); None when it holds none."""
    try:
        if isinstance(value, str) and value:
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def seconds_since(value: Any, now: float) -> float:
    """Seconds from a time until Unix time `now`, never less than 0."""
    began = moment(value)
    return max(0.0, now - began.timestamp()) if began else 0.0


def duration(seconds: Any) -> str:
    """A duration as people say it: `8 s`, `2 min 05 s`, `1 h 04 min`. console.js writes it the same way."""
    if not isinstance(seconds, int | float):
        return ""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02d} h"


def offset(seconds: float) -> str:
    """How far into a call something happened: `0:03.2`, `1:02:09.0`."""
    tenths = max(0, round(seconds * 10))
    minutes, rest = divmod(tenths, 600)
    clock = f"{minutes}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}"
    return f"{clock}:{rest // 10:02d}.{rest % 10}"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 call`, `2 calls`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def clock(value: Any) -> str:
    """The time of day in UTC, to the second."""
    found = moment(value)
    return found.astimezone(UTC).strftime("%H:%M:%S") if found else ""


def date_and_clock(value: Any) -> str:
    """Date and time in UTC: `20 Nov 2026, 22:10:05`."""
    found = moment(value)
    return found.astimezone(UTC).strftime("%-d %b %Y, %H:%M:%S") if found else ""


def exact(value: Any) -> str:
    """A time for machines, as the `datetime` of a `<time>`."""
    found = moment(value)
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if found else ""


def written(value: Any) -> str:
    """A value of an event, in one line."""
    if isinstance(value, str):
        return value
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {written(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(written(item) for item in value)
    return str(value)
