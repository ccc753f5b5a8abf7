from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.flow.calendar import Calendar, CalendarSource, known_holidays, spans, weekdays

LONDON = ZoneInfo("Europe/London")
SUPPORT = CalendarSource.model_validate(
    {
        "timezone": "Europe/London",
        "weekly": {"mon-fri": "08:00-18:00", "sat": ["09:00-12:00", "13:00-15:00"], "sun": "22:00-02:00"},
        "holidays": {"country": "GB", "subdivision": "ENG"},
        "exceptions": {"2026-12-24": "08:00-12:00", "2026-12-26": "10:00-11:00", "2026-12-27": "closed"},
        "override": "support",
    }
).calendar("support", "UTC")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp()


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("time", "state"),
    [
        ("2026-11-20T07:59:59", "closed"),
        ("2026-11-20T08:00", "open"),
        ("2026-11-20T17:59:59", "open"),
        ("2026-11-20T18:00", "closed"),
        ("2026-11-21T12:30", "closed"),
        ("2026-11-21T13:00", "open"),
        ("2026-11-22T21:59", "closed"),
        ("2026-11-22T23:00", "open"),
        ("2026-11-23T01:59", "open"),
        ("2026-11-23T02:00", "closed"),
        ("2026-12-24T11:00", "open"),
        ("2026-12-24T13:00", "closed"),
        ("2026-12-25T11:00", "holiday"),
        ("2026-12-26T10:30", "open"),
        ("2026-12-26T12:00", "closed"),
        ("2026-12-27T23:00", "closed"),
        ("2026-12-28T01:00", "holiday"),
    ],
)
def test_states(time, state):
    assert SUPPORT.state(at(time)) == state


def test_a_switch_goes_before_everything():
    assert SUPPORT.state(at("2026-11-20T09:00"), {"support": "closed"}) == "closed"
    assert SUPPORT.state(at("2026-12-25T09:00"), {"support": "open"}) == "open"
    assert SUPPORT.state(at("2026-11-20T09:00"), {"support": "nonsense", "other": "closed"}) == "open"


@pytest.mark.parametrize(
    ("time", "opens"),
    [
        ("2026-11-20T09:00", "2026-11-20T09:00"),
        ("2026-11-20T18:00", "2026-11-21T09:00"),
        ("2026-11-21T12:00", "2026-11-21T13:00"),
        ("2026-11-23T02:00", "2026-11-23T08:00"),
        ("2026-12-24T12:00", "2026-12-26T10:00"),
        ("2026-12-26T11:00", "2026-12-29T08:00"),
    ],
)
def test_next_opening(time, opens):
    assert SUPPORT.next_open(at(time)) == at(opens)


def test_a_calendar_that_never_opens():
    assert Calendar("never").next_open(0.0) is None
    assert Calendar("never").state(0.0) == "closed"


def test_an_opening_a_year_away_is_found():
    once = Calendar("once", exceptions={date(2027, 11, 20): ((600, 660),)})
    assert once.next_open(utc("2026-11-20T12:00")) == utc("2027-11-20T10:00")
    assert once.next_open(utc("2026-11-18T12:00")) is None


SUNDAYS = Calendar("sundays", "Europe/London", {6: ((90, 200),)})
"""Open from 01:30 to 03:20, the hours in which clocks change."""


def test_when_the_clocks_go_forward_an_opening_in_the_gap_is_at_the_jump():
    jump = utc("2026-03-29T01:00")  # 01:00 becomes 02:00
    assert SUNDAYS.state(jump - 1) == "closed"
    assert SUNDAYS.state(jump) == "open"
    assert SUNDAYS.next_open(jump - 600) == jump


def test_when_the_clocks_go_back_the_wall_clock_decides_both_times():
    assert SUNDAYS.state(utc("2026-10-25T00:45")) == "open"  # 01:45, the first time
    assert SUNDAYS.state(utc("2026-10-25T01:10")) == "closed"  # 01:10, the second time
    assert SUNDAYS.state(utc("2026-10-25T01:40")) == "open"  # 01:40, the second time
    assert SUNDAYS.next_open(utc("2026-10-25T01:10")) == utc("2026-10-25T01:30")
    assert SUNDAYS.next_open(utc("2026-10-25T00:10")) == utc("2026-10-25T00:30")


@given(st.floats(min_value=1.7e9, max_value=1.9e9))
def test_at_the_next_opening_it_is_open_and_before_it_is_not(time):
    opens = SUPPORT.next_open(time)
    assert opens is not None
    assert opens >= time
    assert SUPPORT.state(opens) == "open"
    if opens > time:
        assert SUPPORT.state(time) != "open"
        assert SUPPORT.state(opens - 1) != "open"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("08:00-18:00", ((480, 1080),)),
        ("8:00 - 9:30", ((480, 570),)),
        ("00:00-24:00", ((0, 1440),)),
        ("22:00-02:00", ((1320, 1560),)),
        (["13:00-15:00", "09:00-12:00"], ((780, 900), (540, 720))),
        ("closed", ()),
    ],
)
def test_spans(written, expected):
    assert spans(written) == expected


@pytest.mark.parametrize(
    "written", ["8-18", "25:00-26:00", "08:60-09:00", "08:00-08:00", "24:00-25:00", 8, ["09:00-12:00", "11:00-13:00"]]
)
def test_what_are_no_spans(written):
    with pytest.raises(ValueError, match=r"write hours|overlap"):
        spans(written)


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat,sun", (5, 6)),
        ("fri-mon", (4, 5, 6, 0)),
        ("Monday - Wednesday", (0, 1, 2)),
        ("daily", (0, 1, 2, 3, 4, 5, 6)),
    ],
)
def test_weekdays(key, days):
    assert weekdays(key) == days


@pytest.mark.parametrize(
    "written",
    [
        {"weekly": {"mon-fry": "08:00-18:00"}},
        {"weekly": {"mon-fri": "08:00-18:00", "fri": "09:00-10:00"}},
        {"weekly": ["mon"]},
        {"exceptions": {"24.12.2026": "closed"}},
        {"exceptions": {"2026-12-24": "nine to five"}},
        {"holidays": {}},
        {"hours": {}},
    ],
)
def test_what_is_no_calendar(written):
    with pytest.raises(ValidationError):
        CalendarSource.model_validate(written)


def test_holidays_that_are_known():
    assert known_holidays("GB", "ENG")
    assert not known_holidays("XX", "")
    assert not known_holidays("GB", "ZZ")
