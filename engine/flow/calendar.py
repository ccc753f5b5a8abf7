"""Calendars: when a place is open. An override by a switch goes before exceptions, those before holidays, those before
the weekly hours. A span past midnight (`22:00-02:00`) belongs to the day it starts.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

State = Literal["open", "closed", "holiday"]
Span = tuple[int, int]
"""From and to, in minutes of the day it starts; an end beyond 1440 is on the next day."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
HORIZON_DAYS = 366
_SPAN = re.compile(r"^([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})$")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The opening hours of one place. `switch` names the switch that overrides them, empty for none."""

    name: str
    timezone: str = "UTC"
    weekly: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    """By weekday, Monday is 0."""
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    country: str = ""
    subdivision: str = ""
    switch: str = ""

    def state(self, at: float, switches: Mapping[str, str] | None = None) -> State:
        """Whether it is open at a time (seconds since 1970). `switches` are those set now, by name: open or closed."""
        override = (switches or {}).get(self.switch, "") if self.switch else ""
        if override in ("open", "closed", "holiday"):
            return override  # type: ignore[return-value]
        local = datetime.fromtimestamp(at, ZoneInfo(self.timezone))
        today = local.date()
        minute = local.hour * 60 + local.minute
        if _inside(minute, self._spans(today)) or _inside(minute + DAY_MINUTES, self._spans(today - timedelta(days=1))):
            return "open"
        return "holiday" if today not in self.exceptions and self.is_holiday(today) else "closed"

    def next_open(self, at: float) -> float | None:
        """When it is open next: `at` itself when it is now; None when not within 366 days. Switches do not count."""
        if self.state(at) == "open":
            return at
        day = datetime.fromtimestamp(at, ZoneInfo(self.timezone)).date()
        for _ in range(HORIZON_DAYS + 1):
            later = [moment for span in self._spans(day) for moment in self._moments(day, span[0]) if moment > at]
            if later:
                return min(later)
            day += timedelta(days=1)
        return None

    def is_holiday(self, day: date) -> bool:
        """Whether it is a public holiday of the calendar's country."""
        return bool(self.country) and day in _holidays(self.country, self.subdivision)

    def _spans(self, day: date) -> tuple[Span, ...]:
        if day in self.exceptions:
            return self.exceptions[day]
        if self.is_holiday(day):
            return ()
        return self.weekly.get(day.weekday(), ())

    def _moments(self, day: date, minutes: int) -> Iterator[float]:
        """When the clock comes to this minute of a day: twice when it is put back, and by a jump when put forward."""
        zone = ZoneInfo(self.timezone)
        wall = datetime.combine(day, time(minutes // 60, minutes % 60))
        for fold in (0, 1):
            moment = wall.replace(tzinfo=zone, fold=fold).timestamp()
            while datetime.fromtimestamp(moment, zone).replace(tzinfo=None) < wall:
                moment += 60
            yield moment


def _inside(minute: int, spans: tuple[Span, ...]) -> bool:
    return any(start <= minute < end for start, end in spans)


@cache
def _holidays(country: str, subdivision: str) -> Any:
    import holidays

    return holidays.country_holidays(country, subdiv=subdivision or None)


def known_holidays(country: str, subdivision: str) -> bool:
    """Whether the holidays of this country and part of it are known."""
    try:
        _holidays(country, subdivision)
    except (NotImplementedError, KeyError, ValueError, AttributeError):
        return False
    return True


# What an author writes


def spans(value: Any) -> tuple[Span, ...]:
    """The spans of `08:00-18:00`, of a list of them, or of `closed`. Raises ValueError saying what to write."""
    if value in ("closed", [], None):
        return ()
    if isinstance(value, list):
        found = tuple(span for item in value for span in spans(item))
        for before, after in zip(sorted(found), sorted(found)[1:], strict=False):
            if before[1] > after[0]:
                raise OverlapError("two spans of one day overlap")
        return found
    match = _SPAN.match(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError("write hours as 08:00-18:00, a list of such, or closed")
    first, second = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if max(int(match[2]), int(match[4])) > 59 or first >= DAY_MINUTES or second > DAY_MINUTES or first == second:
        raise ValueError("write hours from 00:00 to 24:00, as 08:00-18:00")
    return ((first, second if second > first else second + DAY_MINUTES),)


class OverlapError(ValueError):
    """Hours that overlap."""


def weekdays(key: str) -> tuple[int, ...]:
    """The days of `mon`, `mon-fri`, `sat, sun` or `daily`. Raises ValueError."""
    if key.strip().lower() == "daily":
        return tuple(range(7))
    found: list[int] = []
    for part in key.lower().split(","):
        first, dash, last = part.strip().partition("-")
        start = DAYS.index(first.strip()[:3] if first.strip() in _LONG else first.strip())
        end = DAYS.index(last.strip()[:3] if last.strip() in _LONG else last.strip()) if dash else start
        found.extend(day % 7 for day in range(start, end + (7 if end < start else 0) + 1))
    return tuple(found)


_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _weekly(value: Any) -> dict[int, tuple[Span, ...]]:
    found: dict[int, tuple[Span, ...]] = {}
    for key, days, hours in _each(value, weekdays, 'is no day: write mon, mon-fri, "sat, sun" or daily'):
        for day in days:
            if day in found:
                raise _entry_error("calendar-overlap", f"{DAYS[day]} is there twice", key)
            found[day] = hours
    return found


def _exceptions(value: Any) -> dict[date, tuple[Span, ...]]:
    return {day: hours for _, day, hours in _each(value, date.fromisoformat, "is no day: write it as 2026-12-24")}


def _each(value: Any, key_of: Callable[[str], T], wrong_key: str) -> Iterator[tuple[str, T, tuple[Span, ...]]]:
    if not isinstance(value, Mapping):
        raise PydanticCustomError("hours", "write a map of days to hours, as mon-fri: 08:00-18:00")
    for key, written in value.items():
        try:
            found = key_of(key)
        except ValueError:
            raise _entry_error("day", f'"{key[:40]}" {wrong_key}', key) from None
        try:
            yield key, found, spans(written)
        except ValueError as error:
            rule = "calendar-overlap" if isinstance(error, OverlapError) else "hours"
            raise _entry_error(rule, str(error), key) from None


def _entry_error(rule: Any, message: str, key: str) -> PydanticCustomError:
    return PydanticCustomError(rule, "{message}", {"message": message, "entry": key})


_HOURS_SCHEMA = {"type": "object", "additionalProperties": {"type": ["string", "array"]}}


class Holidays(BaseModel):
    """Whose public holidays close a calendar."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: str = Field(description="Two letters, such as GB.")
    subdivision: str = Field("", description="A part of the country with holidays of its own, such as ENG or BY.")


class CalendarSource(BaseModel):
    """A calendar as it is written in project.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str = Field("", description="Such as Europe/London; the project's when left out.")
    weekly: Annotated[dict[int, tuple[Span, ...]], PlainValidator(_weekly), WithJsonSchema(_HOURS_SCHEMA)] = Field(
        default={}, description="Days to hours: `mon-fri: 08:00-18:00`, `sat: [09:00-12:00, 13:00-15:00]`."
    )
    holidays: Holidays | None = Field(None, description="Public holidays, on which it is closed.")
    exceptions: Annotated[dict[date, tuple[Span, ...]], PlainValidator(_exceptions), WithJsonSchema(_HOURS_SCHEMA)] = (
        Field(default={}, description="Days to hours or `closed`: `2026-12-24: 08:00-12:00`.")
    )
    override: str = Field("", description="A switch that opens or closes it at once.")

    def calendar(self, name: str, timezone: str) -> Calendar:
        """The calendar; `timezone` is the project's."""
        holidays = self.holidays
        return Calendar(
            name,
            self.timezone or timezone,
            self.weekly,
            self.exceptions,
            holidays.country if holidays else "",
            holidays.subdivision if holidays else "",
            self.override,
        )
