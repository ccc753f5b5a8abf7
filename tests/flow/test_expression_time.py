from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.core.errors import FlowError
from engine.flow.calendar import Calendar
from engine.flow.expression import Expression

LONDON = ZoneInfo("Europe/London")
FRIDAY = datetime(2026, 11, 20, 9, 30, tzinfo=LONDON).timestamp()
WEEKDAYS = Calendar("office", "Europe/London", dict.fromkeys(range(5), ((480, 1080),)), switch="office")


def value(text, at=FRIDAY, switches=None):
    scope = {"@now": at, "@timezone": "Europe/London", "@calendars": {"office": WEEKDAYS}, "@switches": switches or {}}
    return Expression.compile(text).evaluate(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now()", "2026-11-20T09:30:00+00:00"),
        ("today()", "2026-11-20"),
        ("date('2026-11-20T23:30:00Z')", "2026-11-20"),
        ("date(0)", "1970-01-01"),
        ("weekday()", "fri"),
        ("weekday('2026-11-22')", "sun"),
        ("minutes_since('2026-11-20T09:00')", 30),
        ("minutes_since('2026-11-20T09:31')", -1),
        ("add('2026-11-20', 3, 'days')", "2026-11-23"),
        ("add('2026-11-20', -1, 'week')", "2026-11-13"),
        ("add('2026-11-20T09:30', 90, 'minutes')", "2026-11-20T11:00:00+00:00"),
        ("add('2026-03-28T09:00', 1, 'day')", "2026-03-29T09:00:00+01:00"),
        ("add('2026-03-28T09:00', 24, 'hours')", "2026-03-29T10:00:00+01:00"),
        ("is_open('office')", True),
        ("is_open('office', '2026-11-21T10:00')", False),
        ("next_open('office')", "2026-11-20T09:30:00+00:00"),
    ],
)
def test_values(text, expected):
    assert value(text) == expected


def test_the_next_opening_is_after_the_weekend():
    saturday = datetime(2026, 11, 21, 12, tzinfo=LONDON).timestamp()
    assert value("next_open('office')", saturday) == "2026-11-23T08:00:00+00:00"


def test_a_switch_closes_a_calendar():
    assert value("is_open('office')", switches={"office": "closed"}) is False


@pytest.mark.parametrize(
    "text",
    [
        "date('yesterday')",
        "weekday(1e17)",
        "weekday(-1e17)",
        "add(today(), 1, 'moons')",
        "add(today(), 1e9, 'weeks')",
        "add('9999-12-31', 30000, 'days')",
        "add('9999-12-31T23:00', 48, 'hours')",
        "weekday(true)",
    ],
)
def test_what_is_no_time_is_a_type_error(text):
    with pytest.raises(FlowError) as caught:
        value(text)
    assert caught.value.name == "expr.type"


def test_a_calendar_that_does_not_exist_is_undefined():
    with pytest.raises(FlowError) as caught:
        value("is_open('nowhere')")
    assert caught.value.name == "expr.undefined"
