"""Timers fire once, when they are due."""

from engine.call.timers import CLOCKS, LIMIT, STEP, Timers


def test_the_one_due_first_is_the_next() -> None:
    timers = Timers()
    assert timers.first() is None
    timers[LIMIT], timers[STEP] = 30.0, 5.0
    assert timers.first() == (STEP, 5.0)
    timers[STEP] = 40.0
    assert timers.first() == (LIMIT, 30.0)


def test_a_timer_fires_once_and_not_before_its_time() -> None:
    timers = Timers({STEP: 5.0})
    assert not timers.fired(STEP, 4.9)
    assert timers.fired(STEP, 5.0 - CLOCKS)
    assert not timers.fired(STEP, 6.0)
    assert not timers.fired(LIMIT, 6.0)
