"""The hub watch: a blocked hub is told with its stack, a busy but fair one is not."""

import re
import time
from collections.abc import Iterator

import gevent
import pytest
from gevent.monkey import get_original

from engine.shell.hub_watch import HubWatch

Reports = list[tuple[float, str]]
native_sleep = get_original("time", "sleep")


@pytest.fixture
def reports() -> Iterator[Reports]:
    told: Reports = []
    watch = HubWatch(lambda seconds, stack: told.append((seconds, stack)))
    watch.start()
    gevent.sleep(0.01)
    told.clear()
    yield told
    watch.stop()


def wait_for(reports: Reports, least: float = 0.0) -> tuple[float, str]:
    """The first report of at least so many seconds; on a busy machine the watched process may be held up by others."""
    with gevent.Timeout(20):
        while not (found := [report for report in reports if report[0] >= least]):
            gevent.sleep(0.01)
    return found[0]


def spin(seconds: float) -> int:
    """Keeps the hub, as a greedy regular expression would."""
    end, turns = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        turns += 1
    return turns


def test_a_python_loop_that_holds_the_hub_is_named(reports: Reports) -> None:
    gevent.spawn(spin, 0.5).join()
    _, stack = wait_for(reports, 0.5)
    assert "in spin" in stack


def test_a_call_into_c_that_holds_the_hub_is_named(reports: Reports) -> None:
    def hold() -> None:
        native_sleep(0.5)

    gevent.spawn(hold).join()
    wait_for(reports, 0.5)


def test_a_c_call_that_keeps_the_interpreter_is_counted(reports: Reports) -> None:
    def search() -> None:
        started = time.monotonic()
        length = 20
        while time.monotonic() - started < 0.3:
            length += 1
            re.match(r"^(a+)+$", "a" * length + "!")

    gevent.spawn(search).join()
    wait_for(reports, 0.3)


def test_many_greenlets_that_take_turns_are_no_block(reports: Reports) -> None:
    def polite() -> None:
        for _ in range(20):
            spin(0.002)
            gevent.sleep(0.001)

    gevent.joinall([gevent.spawn(polite) for _ in range(3)])
    gevent.sleep(0)
    assert reports == [] or max(seconds for seconds, _ in reports) < 0.5


def test_it_ends_and_tells_no_more() -> None:
    told: Reports = []
    watch = HubWatch(lambda seconds, stack: told.append((seconds, stack)))
    watch.start()
    watch.stop()
    watch.stop()
    gevent.spawn(spin, 0.2).join()
    gevent.sleep(0.01)
    assert told == []
