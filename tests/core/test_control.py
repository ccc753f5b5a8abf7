"""Orders are plain data that say what they mean when little is said."""

import dataclasses
from typing import get_args

import pytest

from engine.core.control import LONGEST_RING, RING_TIME, DialOrder, FlowOrder, HangUpOrder, Order, Receipt, ReloadOrder
from engine.core.ids import CallId


def test_an_order_says_little_and_means_the_usual() -> None:
    order = DialOrder("+442079460000", "welcome")
    assert (order.tenant, order.inputs, order.ring_time, order.max_duration, order.switch) == (
        None,
        {},
        RING_TIME,
        0,
        "",
    )
    assert 0 < RING_TIME < LONGEST_RING
    assert HangUpOrder(CallId("c")).cause == "NORMAL_CLEARING"
    assert FlowOrder(CallId("c"), "other").inputs == {}
    assert ReloadOrder().tenant is None


@pytest.mark.parametrize("cls", [*get_args(Order), *get_args(Receipt)], ids=lambda cls: cls.__name__)
def test_orders_and_receipts_are_never_changed(cls: type) -> None:
    made = cls(**{one.name: "x" for one in dataclasses.fields(cls)})
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, dataclasses.fields(cls)[0].name, "other")
