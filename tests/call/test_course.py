"""One script at a time: woken, timed, stopped, and its faults survived."""

from typing import Any

import pytest

from engine.call.course import Course, Over
from engine.call.desk import Desk
from engine.core.effects import CancelAsk, HttpCall, WriteLog
from engine.core.ids import AskId, CallId
from engine.core.signals import HttpReply
from engine.core.steps import Done, Step, TimedOut, Wait


@pytest.fixture
def desk() -> Desk:
    desk = Desk(CallId("c"), "default")
    desk.at = 10.0
    return desk


def asking(desk: Desk, closed: list[str]) -> Step[str]:
    try:
        number = desk.start(HttpCall("GET", "https://crm.example.com"))
        happened = yield Wait(5.0, asks=(number,))
        return "in time" if isinstance(happened, Done) else "late"
    finally:
        closed.append("yes")


def test_a_script_waits_and_is_woken_by_what_it_waits_for(desk: Desk) -> None:
    course = Course(desk)
    assert course.begin(asking(desk, [])) is None
    assert course.awaited == {AskId(1)}
    assert course.look() is None
    desk.waiting.answer(AskId(1), HttpReply(200))
    assert course.look() == Over("in time")
    assert course.script is None
    assert course.awaited == frozenset()


def test_its_time_is_over(desk: Desk) -> None:
    course = Course(desk)
    course.begin(asking(desk, []))
    assert course.timed_out() == Over("late")
    assert course.timed_out() is None
    assert course.go_on(TimedOut()) is None


def test_a_stopped_script_is_closed_and_undone(desk: Desk) -> None:
    course, closed = Course(desk), list[str]()
    course.begin(asking(desk, closed))
    assert course.stop()
    assert closed == ["yes"]
    assert desk.outcome.effects[-1] == CancelAsk(AskId(1))
    assert not course.stop()


def test_a_fault_of_ours_is_told_and_ends_the_script(desk: Desk) -> None:
    def faulty() -> Step[Any]:
        yield Wait(5.0)
        raise ZeroDivisionError("a bug")

    course = Course(desk)
    assert course.begin(faulty()) is None
    assert course.timed_out() == Over(fault=True)
    assert isinstance(desk.outcome.effects[-1], WriteLog)
    assert desk.outcome.events[-1].fields == {"error": "engine.fault", "message": "ZeroDivisionError"}
    assert course.script is None
