"""The functions of expressions about time and opening hours.

A time is text as ISO 8601 writes it (`2026-11-20T09:30:00+00:00`), or a number of seconds since 1970; a day is
`2026-11-20`. What names no zone is in the project's. The clock is the scope's: an expression reads no clock.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.errors import FlowError
from engine.flow.function import Scope, function
from engine.flow.values import wrong_type

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_RANGE = 100_000 * 86400


def _zone(scope: Scope) -> ZoneInfo:
    return ZoneInfo(str(scope.get("@timezone") or "UTC"))


def iso_time(at: float, zone: ZoneInfo) -> str:
    """A time in seconds since 1970 as text, to the second, in a zone."""
    return datetime.fromtimestamp(int(at), zone).isoformat()


def _moment(scope: Scope, time: str | int | float | None) -> datetime:
    zone = _zone(scope)
    if time is None:
        return datetime.fromtimestamp(scope["@now"], zone)
    try:
        if isinstance(time, str):
            found = datetime.fromisoformat(time.strip())
            return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
        return datetime.fromtimestamp(time, zone)
    except (ValueError, OverflowError, OSError):
        raise wrong_type(f'"{str(time)[:40]}" is not a time such as 2026-11-20T09:30 or 2026-11-20') from None


@function()
def now(scope: Scope) -> str:
    """The present time in the project's timezone, to the second."""
    return iso_time(scope["@now"], _zone(scope))


@function()
def today(scope: Scope) -> str:
    """The present day in the project's timezone, such as `2026-11-20`."""
    return _moment(scope, None).date().isoformat()


@function("date")
def _date(scope: Scope, time: str | int | float) -> str:
    """The day of a time, such as `2026-11-20`."""
    return _moment(scope, time).date().isoformat()


@function()
def weekday(scope: Scope, time: str | int | float | None = None) -> str:
    """The day of the week of a time (now when left out): mon tue wed thu fri sat sun."""
    return WEEKDAYS[_moment(scope, time).weekday()]


@function()
def minutes_since(scope: Scope, time: str | int | float) -> int | float:
    """How many minutes have gone by since a time; negative for one to come."""
    present: float = scope["@now"]
    return round((present - _moment(scope, time).timestamp()) / 60, 3)


@function()
def add(scope: Scope, time: str | int | float, amount: int | float, unit: str) -> str:
    """A time moved by an amount of seconds, minutes, hours, days or weeks; negative goes back.

    Days and weeks keep the time of day when the clocks change. A day moved by days or weeks stays a day.
    """
    word = unit.lower().removesuffix("s")
    if word not in _UNITS:
        raise wrong_type(f'add(): the unit is seconds, minutes, hours, days or weeks, not "{unit[:20]}"')
    moved = amount * _UNITS[word]
    if abs(moved) > _RANGE:
        raise wrong_type("add(): that is more than a human life away")
    moment = _moment(scope, time)
    step = timedelta(seconds=moved)
    try:
        if word in ("day", "week"):
            moment += step
            return moment.date().isoformat() if _is_day(time) else moment.isoformat(timespec="seconds")
        return (moment.astimezone(UTC) + step).astimezone(_zone(scope)).isoformat(timespec="seconds")
    except OverflowError:
        raise wrong_type("add(): there is no such time") from None


def _is_day(time: Any) -> bool:
    try:
        return isinstance(time, str) and bool(date.fromisoformat(time.strip()))
    except ValueError:
        return False


def _calendar(scope: Scope, name: str) -> Any:
    found = scope.get("@calendars", {}).get(name)
    if found is None:
        raise FlowError("expr.undefined", f'no calendar "{name[:60]}"')
    return found


@function()
def is_open(scope: Scope, calendar: str, time: str | int | float | None = None) -> bool:
    """Whether a calendar of the project is open at a time (now when left out)."""
    at = _moment(scope, time).timestamp()
    return bool(_calendar(scope, calendar).state(at, scope.get("@switches", {})) == "open")


@function()
def next_open(scope: Scope, calendar: str) -> str | None:
    """When a calendar of the project opens next (now, if it is open); null when not within a year."""
    at = _calendar(scope, calendar).next_open(scope["@now"])
    return None if at is None else iso_time(at, _zone(scope))
