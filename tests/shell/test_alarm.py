"""The alarm rings in order, never early, and lets go of what nobody wants any more."""

import time
import weakref
from collections.abc import Iterator

import pytest

from engine.shell.alarm import FEW, Alarm
from tests.shell.line import settle
from tests.shell.waiting import eventually


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    alarm = Alarm()
    alarm.start()
    yield alarm
    alarm.stop()


def test_it_rings_in_order_and_never_early(alarm: Alarm) -> None:
    rung: list[tuple[int, float]] = []
    now = time.time()
    delays = [0.06, 0.0, 0.04, 0.02, -5.0]
    for number, delay in enumerate(delays):
        alarm.at(now + delay, lambda number=number: rung.append((number, time.time())))  # type: ignore[misc]
    eventually(lambda: len(rung) == 5, "all of them")
    assert [number for number, _ in rung] == [4, 1, 3, 2, 0]
    assert all(at >= now + delays[number] for number, at in rung)
    assert len(alarm) == 0


def test_a_sooner_one_is_heard_although_it_sleeps_for_long(alarm: Alarm) -> None:
    rung: list[str] = []
    alarm.at(time.time() + 3600, lambda: rung.append("late"))
    settle()
    alarm.at(time.time() + 0.01, lambda: rung.append("soon"))
    eventually(lambda: rung, "the sooner one")
    assert rung == ["soon"]
    assert len(alarm) == 1


def test_what_is_cancelled_does_not_ring(alarm: Alarm) -> None:
    rung: list[str] = []
    due = time.time() + 0.02
    unwanted = alarm.at(due, lambda: rung.append("unwanted"))
    alarm.at(due, lambda: rung.append("wanted"))
    alarm.cancel(unwanted)
    alarm.cancel(unwanted)
    assert len(alarm) == 1
    eventually(lambda: rung, "the other")
    settle()
    assert rung == ["wanted"]
    assert len(alarm) == 0


def test_cancelling_what_has_rung_changes_nothing(alarm: Alarm) -> None:
    rung: list[str] = []
    done = alarm.at(time.time(), lambda: rung.append("done"))
    eventually(lambda: rung, "the ring")
    alarm.cancel(done)
    assert len(alarm) == 0
    alarm.at(time.time() + 3600, settle)
    assert len(alarm) == 1


class Caller:
    def wake(self) -> None: ...


def test_who_cancels_is_let_go_of_at_once(alarm: Alarm) -> None:
    caller = Caller()
    gone = weakref.ref(caller)
    appointment = alarm.at(time.time() + 3600, caller.wake)
    del caller
    assert gone() is not None
    alarm.cancel(appointment)
    assert gone() is None


def test_cancelled_ones_do_not_pile_up(alarm: Alarm) -> None:
    kept = [alarm.at(time.time() + 3600 + number, settle) for number in range(10)]
    for number in range(FEW * 20):
        alarm.cancel(alarm.at(time.time() + 1800 + number, settle))
        assert len(alarm) == 10
        assert len(alarm._due) <= 10 + FEW + 1
    rung: list[str] = []
    alarm.at(time.time() + 0.01, lambda: rung.append("still in order"))
    eventually(lambda: rung, "a ring after the tidying")
    for appointment in kept:
        alarm.cancel(appointment)
    assert len(alarm) == 0


def test_a_stopped_alarm_forgets(alarm: Alarm) -> None:
    rung: list[str] = []
    alarm.at(time.time() + 0.01, lambda: rung.append("x"))
    alarm.stop()
    assert len(alarm) == 0
    settle()
    assert rung == []
