"""Control from another process: the right switch, certain answers, and an end to every wait."""

from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from engine.core.control import CallPlaced, DialOrder, FlowOrder, FlowsReloaded, HangUpOrder, OrderTaken, ReloadOrder
from engine.core.errors import ControlError, StoreError
from engine.core.ids import CallId
from engine.shell.control.presence import Serving
from engine.shell.control.remote import RemoteControl
from engine.shell.control.wire import read_order, write_receipt
from engine.shell.keys import CallKeys, Keys, answer_key, orders_key, serving_key
from tests.shell.control.engines import Engines
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


@pytest.fixture
def engines(redis_server: RedisServer) -> Iterator[Engines]:
    engines = Engines(redis_server)
    yield engines
    engines.stop()


@pytest.fixture
def remote(redis_server: RedisServer) -> Iterator[RemoteControl]:
    remote = RemoteControl(redis_server.url, patience=0.4, grace=0.3)
    yield remote
    remote.close()


def fault(give: Any, order: Any) -> str:
    with pytest.raises(ControlError) as refused:
        give(order)
    return refused.value.fault


def test_a_call_is_placed_where_the_fewest_are(engines: Engines, remote: RemoteControl) -> None:
    for switch, calls in (("fs1", 7), ("fs2", 2), ("fs3", 5)):
        engines.serve(switch, calls)
    engines.serve("fs0", 0, up=False)
    engines.answer("fs2", CallPlaced(CallId("c"), "fs2"))
    assert remote.dial(DialOrder("100", "f")) == CallPlaced(CallId("c"), "fs2")
    assert [switch for switch, _ in engines.taken] == ["fs2"]
    engines.answer("fs3", CallPlaced(CallId("d"), "fs3"))
    assert remote.dial(DialOrder("100", "f", switch="fs3")).switch == "fs3"
    assert Serving("fs2", "one", True, 2) in remote.serving()


def test_without_an_engine_it_is_said_at_once(engines: Engines, remote: RemoteControl) -> None:
    order = DialOrder("100", "f")
    assert fault(remote.dial, order) == "engine_away"
    engines.serve("fs1", up=False)
    assert fault(remote.dial, order) == "engine_away"
    engines.serve("fs2")
    assert fault(remote.dial, DialOrder("100", "f", switch="fs1")) == "engine_away"
    engines.client.delete(serving_key("fs1"), serving_key("fs2"))
    assert fault(remote.reload, ReloadOrder()) == "engine_away"
    assert engines.client.keys("sb:orders:*") == []


def test_an_order_nobody_takes_is_taken_back(engines: Engines, remote: RemoteControl) -> None:
    engines.serve("fs1")
    assert fault(remote.dial, DialOrder("100", "f")) == "engine_away"
    assert engines.client.llen(orders_key("fs1")) == 0, "no later engine may find it"


def test_an_order_that_was_taken_and_not_answered_may_have_been_done(engines: Engines, remote: RemoteControl) -> None:
    engines.serve("fs1")
    engines.answer("fs1")
    with pytest.raises(ControlError) as refused:
        remote.dial(DialOrder("100", "f"))
    assert refused.value.fault == "unanswered"
    ((_, sent),) = engines.taken
    assert sent.id in str(refused.value), "the id of the call it may have become"


def test_an_answer_in_the_last_moment_is_heard(engines: Engines, remote: RemoteControl) -> None:
    call = engines.call("c", "fs1")
    order = gevent.spawn(remote.hang_up, HangUpOrder(call))
    eventually(lambda: engines.client.llen(orders_key("fs1")), "the order")
    line: Any = engines.client.lpop(orders_key("fs1"))
    gevent.sleep(0.45)  # its patience is over
    engines.client.rpush(answer_key(read_order(line).id), write_receipt(OrderTaken(call)))
    assert order.get(timeout=5) == OrderTaken(call)


def test_an_order_given_again_places_no_second_call(engines: Engines, remote: RemoteControl) -> None:
    engines.serve("fs1")
    engines.answer("fs1")
    order = DialOrder("100", "f", once="token")
    for _ in range(2):
        assert fault(remote.dial, order) == "unanswered"
    first, second = (CallId(sent.id) for _, sent in engines.taken)
    assert first == second, "the same call, so that an engine that has it places no other"
    engines.client.hset(Keys(0).state(first), "switch", "fs1")
    assert remote.dial(order) == CallPlaced(first, "fs1")
    engines.client.delete(Keys(0).state(first))
    engines.client.hset(CallKeys(first).record, "tenant", "acme")
    assert remote.dial(order).call == first, "long over"
    assert len(engines.taken) == 2
    assert fault(remote.dial, DialOrder("100", "f", once="other")) == "unanswered"
    assert engines.taken[2][1].id != first


def test_orders_go_to_the_switch_of_their_call(engines: Engines, remote: RemoteControl) -> None:
    call = engines.call("c", "fs2")
    engines.answer("fs2", OrderTaken(call))
    assert remote.hang_up(HangUpOrder(call, "acme")) == OrderTaken(call)
    assert remote.send(FlowOrder(call, "f", "acme")) == OrderTaken(call)
    assert [(switch, sent.order) for switch, sent in engines.taken] == [
        ("fs2", HangUpOrder(call, "acme")), ("fs2", FlowOrder(call, "f", "acme")),
    ]  # fmt: skip


@pytest.mark.parametrize(("tenant", "said"), [("acme", "too_late"), (None, "too_late"), ("other", "unknown_call")])
def test_a_call_that_has_ended_is_known_to_its_own(
    engines: Engines, remote: RemoteControl, tenant: str | None, said: str
) -> None:
    engines.client.hset(CallKeys("c").record, "tenant", "acme")
    assert fault(remote.hang_up, HangUpOrder(CallId("c"), tenant)) == said
    assert fault(remote.send, FlowOrder(CallId("c"), "f", tenant)) == said
    assert fault(remote.hang_up, HangUpOrder(CallId("never"), tenant)) == "unknown_call"


def test_no_engine_is_asked_about_a_call_of_another_tenant(engines: Engines, remote: RemoteControl) -> None:
    """Its silence, or the time it takes, would tell that there is such a call."""
    call = engines.call("c", "fs1")
    engines.client.hset(CallKeys(call).record, "tenant", "acme")
    assert fault(remote.hang_up, HangUpOrder(call, "other")) == "unknown_call"
    assert fault(remote.send, FlowOrder(call, "f", "other")) == "unknown_call"
    assert fault(remote.hang_up, HangUpOrder(call, "acme")) == "engine_away"
    assert engines.taken == []


def test_a_refusal_comes_back_as_it_was_given(engines: Engines, remote: RemoteControl) -> None:
    engines.serve("fs1")
    engines.answer("fs1", ControlError("20 calls are under way", "limit_reached", 3.0))
    with pytest.raises(ControlError, match="20 calls") as refused:
        remote.dial(DialOrder("100", "f"))
    assert (refused.value.fault, refused.value.retry_after) == ("limit_reached", 3.0)


def test_every_engine_reads_the_flows_again(engines: Engines, remote: RemoteControl) -> None:
    for switch, engine in (("fs1", "one"), ("fs2", "one"), ("fs3", "two")):
        engines.serve(switch, engine=engine)
        engines.answer(switch, FlowsReloaded("b2", engine == "one", () if engine == "one" else ("broken here",)))
    assert remote.reload(ReloadOrder()) == FlowsReloaded("b2", True, ("broken here",))
    assert len(engines.taken) == 2, "once for each engine"
    assert {switch for switch, _ in engines.taken} & {"fs3"}


def test_an_order_has_an_end_that_lists_know(engines: Engines, remote: RemoteControl) -> None:
    call = engines.call("c", "fs1")
    gevent.spawn(fault, remote.hang_up, HangUpOrder(call))
    eventually(lambda: engines.client.llen(orders_key("fs1")), "the order")
    assert 0 < engines.client.ttl(orders_key("fs1")) <= 65
    seconds, _ = engines.client.time()
    line: Any = engines.client.lindex(orders_key("fs1"), 0)
    assert int(seconds) * 1000 <= read_order(line).until <= (int(seconds) + 2) * 1000


def test_redis_away_is_an_error_of_its_own(own_redis: RedisServer) -> None:
    remote = RemoteControl(own_redis.url, patience=0.4)
    own_redis.kill()
    for give, order in (
        (remote.dial, DialOrder("100", "f")), (remote.hang_up, HangUpOrder(CallId("c"))),
        (remote.reload, ReloadOrder()),
    ):  # fmt: skip
        with pytest.raises(StoreError):
            give(order)  # type: ignore[operator]
    remote.close()
