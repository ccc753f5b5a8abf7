"""Orders come off the list once, are carried out in time or not at all, and are answered whatever happens."""

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from engine.core.control import (
    CallPlaced,
    DialOrder,
    FlowOrder,
    FlowsReloaded,
    HangUpOrder,
    Order,
    OrderTaken,
    Receipt,
    ReloadOrder,
)
from engine.core.errors import ControlError, StoreError
from engine.core.ids import CallId
from engine.shell.control.order_desk import ANSWER_LIVES, OrderDesk
from engine.shell.control.wire import Sent, read_receipt, write_order
from engine.shell.keys import answer_key, orders_key
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


class Control:
    """Notes what it is asked, and does as a test says."""

    def __init__(self) -> None:
        self.asked: list[Order] = []
        self.error: Exception | None = None
        self.before: Callable[[], None] = lambda: None

    def _do(self, order: Order) -> None:
        self.asked.append(order)
        self.before()
        if self.error is not None:
            raise self.error

    def dial(self, order: DialOrder, call: CallId | None = None) -> CallPlaced:
        self._do(order)
        return CallPlaced(call or CallId(""), order.switch)

    def hang_up(self, order: HangUpOrder) -> OrderTaken:
        self._do(order)
        return OrderTaken(order.call)

    def send(self, order: FlowOrder) -> OrderTaken:
        self._do(order)
        return OrderTaken(order.call)

    def reload(self, order: ReloadOrder) -> FlowsReloaded:
        self._do(order)
        return FlowsReloaded("b1", True)


class Counter:
    """A desk and who gives it orders."""

    def __init__(self, redis: RedisServer) -> None:
        self.redis = redis
        self.client = redis.client()
        self.control = Control()
        self.placed: list[str] = []
        self.desk = OrderDesk(redis.url, "fs1", self.control, lambda: self.placed.append("one"))

    def now(self) -> int:
        seconds, micros = self.client.time()
        return int(seconds) * 1000 + int(micros) // 1000

    def order(self, order: Order, number: str = "o1", patience: int = 10_000) -> None:
        self.client.rpush(orders_key("fs1"), write_order(Sent(number, self.now() + patience, order)))

    def answer(self, number: str = "o1") -> Receipt:
        found: Any = self.client.blpop([answer_key(number)], timeout=10)
        assert found is not None, "no answer"
        return read_receipt(found[1])


@pytest.fixture
def counter(redis_server: RedisServer) -> Iterator[Counter]:
    counter = Counter(redis_server)
    counter.desk.start()
    yield counter
    counter.desk.close()


def test_each_kind_of_order_is_carried_out_and_answered(counter: Counter) -> None:
    counter.order(DialOrder("100", "f"), "a-call")
    assert counter.answer("a-call") == CallPlaced(CallId("a-call"), "fs1"), "on this switch, under the order's id"
    assert counter.placed == ["one"]
    for order, receipt in (
        (HangUpOrder(CallId("c")), OrderTaken(CallId("c"))),
        (FlowOrder(CallId("c"), "f"), OrderTaken(CallId("c"))),
        (ReloadOrder(), FlowsReloaded("b1", True)),
    ):
        counter.order(order)
        assert counter.answer() == receipt
    assert len(counter.control.asked) == 4
    assert counter.client.llen(orders_key("fs1")) == 0


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ControlError("no such call", "unknown_call"), "unknown_call"),
        (StoreError("away"), "engine_away"),
        (ZeroDivisionError("a bug"), "unanswered"),
    ],
)
def test_what_goes_wrong_is_answered_too(counter: Counter, error: Exception, fault: str) -> None:
    counter.control.error = error
    counter.order(HangUpOrder(CallId("c")))
    with pytest.raises(ControlError) as refused:
        counter.answer()
    assert refused.value.fault == fault
    counter.control.error = None
    counter.order(HangUpOrder(CallId("c")), "o2")
    assert counter.answer("o2") == OrderTaken(CallId("c"))


def test_an_order_after_its_time_is_not_carried_out(counter: Counter) -> None:
    counter.order(HangUpOrder(CallId("late")), "late", patience=-1)
    counter.order(HangUpOrder(CallId("in time")))
    assert counter.answer() == OrderTaken(CallId("in time"))
    assert counter.control.asked == [HangUpOrder(CallId("in time"))]
    assert not counter.client.exists(answer_key("late"))


def test_lines_that_are_no_orders_are_passed_over(counter: Counter) -> None:
    counter.client.rpush(orders_key("fs1"), b"{", b"nonsense", b'{"id":"x"}')
    counter.order(ReloadOrder())
    assert counter.answer() == FlowsReloaded("b1", True)


def test_a_slow_order_does_not_hold_up_the_next(counter: Counter) -> None:
    slow = gevent.event.Event()
    counter.control.before = slow.wait  # type: ignore[assignment]
    counter.order(HangUpOrder(CallId("slow")), "slow")
    eventually(lambda: counter.control.asked, "the slow one")
    counter.control.before = lambda: None
    counter.order(HangUpOrder(CallId("quick")))
    assert counter.answer() == OrderTaken(CallId("quick"))
    slow.set()
    assert counter.answer("slow") == OrderTaken(CallId("slow"))


def test_two_desks_share_the_orders_and_none_is_carried_out_twice(redis_server: RedisServer) -> None:
    counters = [Counter(redis_server) for _ in range(2)]
    for number in range(40):
        counters[0].order(HangUpOrder(CallId(str(number))), str(number))
    for counter in counters:
        counter.desk.start()
    for number in range(40):
        assert counters[0].answer(str(number)) == OrderTaken(CallId(str(number)))
    asked = [order.call for counter in counters for order in counter.control.asked]  # type: ignore[union-attr]
    assert sorted(map(int, asked)) == list(range(40))
    for counter in counters:
        counter.desk.close()


def test_a_stopped_desk_leaves_orders_to_the_next(counter: Counter) -> None:
    counter.desk.stop()
    counter.desk.stop()
    counter.order(ReloadOrder())
    assert counter.client.llen(orders_key("fs1")) == 1
    counter.desk.start()
    assert counter.answer() == FlowsReloaded("b1", True)


def test_an_answer_is_not_kept_for_ever(counter: Counter) -> None:
    counter.order(ReloadOrder())
    eventually(lambda: counter.client.exists(answer_key("o1")), "the answer")
    assert 0 < counter.client.ttl(answer_key("o1")) <= ANSWER_LIVES


def test_redis_away_is_survived(own_redis: RedisServer) -> None:
    counter = Counter(own_redis)
    counter.desk.start()
    own_redis.kill()
    own_redis.start()
    counter.order(ReloadOrder())
    assert counter.answer() == FlowsReloaded("b1", True)
    counter.desk.close()
