"""Who brings a signal to a live call can wait until its turn is over."""

import time

import gevent

from engine.core.ids import LegId
from engine.core.signals import DigitPressed, HangupRequested
from tests.shell.line import Line
from tests.shell.waiting import eventually


def test_who_delivers_knows_when_it_is_written_down_and_done(line: Line) -> None:
    live = line.arrives("wait")
    line.is_sent("answer")
    asked = HangupRequested(time.time(), "NORMAL_CLEARING", "enough")
    assert live.deliver(asked, 10.0)
    assert asked in line.kept(live.call)
    assert live.machine.phase == "leaving"
    line.hangs_up(live.call)
    line.closed(live)
    assert not live.deliver(asked, 0.01), "nobody hears it any more"


def test_a_delivery_waits_for_its_own_turn(line: Line) -> None:
    live = line.arrives("wait")
    line.is_sent("answer")
    first, second = DigitPressed(time.time(), LegId(live.call), "1"), DigitPressed(time.time(), LegId(live.call), "2")
    both = [gevent.spawn(live.deliver, signal, 10.0) for signal in (first, second)]
    gevent.joinall(both)
    assert [one.value for one in both] == [True, True]
    assert eventually(
        lambda: [signal for signal in line.kept(live.call) if isinstance(signal, DigitPressed)], "the keys"
    ) == [first, second]
