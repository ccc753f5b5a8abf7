"""A whole way: an order given in one place is carried out by the engine that owns the switch."""

from collections.abc import Iterator

import pytest

from engine.config import Dialling, Settings
from engine.core.control import DialOrder, FlowsReloaded, HangUpOrder, OrderTaken, ReloadOrder
from engine.core.errors import ControlError
from engine.core.ids import CallId
from engine.shell.control.order_intake import OrderIntake, rules_of
from engine.shell.control.presence import Serving
from engine.shell.control.remote import RemoteControl
from tests.shell.line import Line
from tests.shell.waiting import eventually

SETTINGS = Settings(name="one", dialling=Dialling(concurrent_calls=1, calls_per_second=1000))


@pytest.fixture
def intake(line: Line) -> Iterator[OrderIntake]:
    intake = OrderIntake(
        line.redis.url, SETTINGS, line.store, line.calls, {"fs1": line.switch}, bundle=lambda: line.bundle,
        reload=lambda: FlowsReloaded("b1", False),
    )  # fmt: skip
    intake.start()
    intake.open(line.switch)
    yield intake
    intake.close()


@pytest.fixture
def remote(line: Line, intake: OrderIntake) -> Iterator[RemoteControl]:
    remote = RemoteControl(line.redis.url, patience=2.0, grace=1.0)
    eventually(remote.serving, "the engine's word")
    yield remote
    remote.close()


def test_a_call_is_placed_seen_and_ended_from_elsewhere(line: Line, remote: RemoteControl) -> None:
    placed = remote.dial(DialOrder("user/zoe", "wait", "default"))
    assert f"Job-UUID: {placed.call}" in line.is_sent("originate")
    eventually(lambda: remote.serving() == [Serving("fs1", "one", True, 1)], "the call's count")
    with pytest.raises(ControlError) as refused:
        remote.dial(DialOrder("user/zoe", "wait", "default"))
    assert refused.value.fault == "limit_reached"
    assert remote.hang_up(HangUpOrder(placed.call, "default")) == OrderTaken(placed.call)
    line.hangs_up(placed.call)
    eventually(lambda: line.types(placed.call)[-1:] == ["call.ended"], "the end")
    assert remote.reload(ReloadOrder()) == FlowsReloaded("b1", False)


def test_an_engine_that_is_stopping_is_not_asked_to_dial(line: Line, remote: RemoteControl) -> None:
    line.calls.accepting = False
    with pytest.raises(ControlError) as refused:
        remote.dial(DialOrder("user/zoe", "wait"))
    assert refused.value.fault == "engine_away"


def test_a_switch_that_is_lost_takes_no_orders_any_more(line: Line, intake: OrderIntake, remote: RemoteControl) -> None:
    intake.shut(line.switch)
    intake.shut(line.switch)
    assert remote.serving() == []
    line.store.redis.hset("sb:{s00}:live", "c", "fs1")
    impatient = RemoteControl(line.redis.url, patience=0.2)
    with pytest.raises(ControlError) as refused:
        impatient.hang_up(HangUpOrder(CallId("c")))
    assert refused.value.fault == "engine_away"
    impatient.close()


def test_the_rules_are_the_settings() -> None:
    rules = rules_of(Settings(country="DE", dialling=Dialling(countries=("FR",), sip_hosts=("a",), max_duration=60)))
    assert (rules.home, rules.countries, rules.sip_hosts, rules.max_duration) == ("DE", ("FR",), ("a",), 60)
