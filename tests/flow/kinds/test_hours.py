from datetime import UTC, datetime

import pytest

from tests.flow.playbook import errors, talk_steps

PROJECT = """
timezone: UTC
calendars:
  support:
    weekly: {mon-fri: 08:00-18:00}
    holidays: {country: GB, subdivision: ENG}
"""
FRIDAY, SATURDAY, CHRISTMAS = ((2026, 11, 20), (2026, 11, 21), (2026, 12, 25))


def at(day: tuple[int, int, int], hour: int) -> float:
    return datetime(*day, hour, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("day", "hour", "heard"),
    [(FRIDAY, 12, "at here"), (FRIDAY, 19, "at there"), (SATURDAY, 12, "at there"), (CHRISTMAS, 12, "at elsewhere")],
)
def test_every_state(day: tuple[int, int, int], hour: int, heard: str) -> None:
    steps = "- hours: {calendar: support, open: here, closed: there, holiday: elsewhere}"
    assert talk_steps(steps, project=PROJECT, at=at(day, hour)).heard == [heard]


def test_open_left_out_is_next_and_holiday_left_out_is_closed() -> None:
    steps = "- hours: {calendar: support, closed: there}\n- goto: here"
    assert talk_steps(steps, project=PROJECT, at=at(FRIDAY, 12)).heard == ["at here"]
    assert talk_steps(steps, project=PROJECT, at=at(CHRISTMAS, 12)).heard == ["at there"]


def test_a_calendar_that_does_not_exist_is_an_error() -> None:
    assert errors(talk_steps("- hours: {calendar: nobody, closed: there}")) == ["expr.undefined"]
