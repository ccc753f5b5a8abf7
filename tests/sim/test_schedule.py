"""Plans, and calling them off."""

from gevent.event import Event as Signal

from engine.sim.schedule import Schedule


def test_a_plan_runs_and_a_cancelled_one_does_not() -> None:
    schedule = Schedule()
    done, never = Signal(), Signal()
    schedule.after(0.01, "a", never.set)
    schedule.after(0.01, "a", never.set)
    number = schedule.after(0.01, "b", never.set)
    schedule.after(0.03, "c", done.set)
    assert schedule.cancel_group("a") == 2
    assert schedule.cancel(number)
    assert not schedule.cancel(number)
    assert done.wait(2)
    assert not never.is_set()


def test_a_plan_may_cancel_its_own_group() -> None:
    schedule = Schedule()
    done = Signal()

    def work() -> None:
        schedule.cancel_group("a")
        done.set()

    schedule.after(0, "a", work)
    assert done.wait(2)
    schedule.cancel_all()
