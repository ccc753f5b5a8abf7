"""Orders and receipts come out as they went in, and anything else is refused."""

from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from engine.core.errors import CONTROL_FAULTS, ControlError
from engine.core.ids import CallId
from engine.shell.control.wire import Sent, read_order, read_receipt, write_fault, write_order, write_receipt

json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
texts = st.text(max_size=20)
tenants = st.none() | texts
inputs = st.dictionaries(texts, json, max_size=3)
seconds = st.floats(0, 1e6)
orders: st.SearchStrategy[Any] = st.one_of(
    st.builds(DialOrder, texts, texts, tenants, inputs, texts, texts, seconds, seconds, texts, texts),
    st.builds(HangUpOrder, texts.map(CallId), tenants, texts, texts),
    st.builds(FlowOrder, texts.map(CallId), texts, tenants, inputs),
    st.builds(ReloadOrder, tenants),
)
receipts: st.SearchStrategy[Any] = st.one_of(
    st.builds(CallPlaced, texts.map(CallId), texts),
    st.builds(OrderTaken, texts.map(CallId)),
    st.builds(FlowsReloaded, texts, st.booleans(), st.lists(texts, max_size=3).map(tuple)),
)


@given(orders, texts, st.integers(0, 2**42))
def test_an_order_comes_out_as_it_went_in(order: Order, number: str, until: int) -> None:
    assert read_order(write_order(Sent(number, until, order))) == Sent(number, until, order)


@given(receipts)
def test_a_receipt_comes_out_as_it_went_in(receipt: Receipt) -> None:
    assert read_receipt(write_receipt(receipt)) == receipt


@pytest.mark.parametrize("fault", CONTROL_FAULTS)
def test_so_does_a_refusal(fault: Any) -> None:
    with pytest.raises(ControlError, match="why") as refused:
        read_receipt(write_fault(ControlError("why", fault, 2.5)))
    assert (refused.value.fault, refused.value.retry_after) == (fault, 2.5)


def test_a_refusal_of_a_newer_version_is_still_one() -> None:
    with pytest.raises(ControlError) as refused:
        read_receipt(b'{"fault": "something_new", "message": "no"}')
    assert (refused.value.fault, refused.value.retry_after) == ("invalid", 0.0)


def test_what_a_newer_version_adds_is_passed_over_and_what_it_left_out_has_its_default() -> None:
    line = orjson.dumps(
        {"id": "x", "until": 1, "order": "dial", "fields": {"to": "100", "flow": "f", "colour": "red"}, "more": 1}
    )
    assert read_order(line).order == DialOrder("100", "f")


@pytest.mark.parametrize(
    "line",
    [
        b"", b"null", b"[]", b"{}", b'"x"', b"\xff", b'{"id":"x","until":1,"order":"dial","fields":{}}',
        b'{"id":"x","until":1,"order":"dial","fields":{"to":1,"flow":"f"}}',
        b'{"id":"x","until":1,"order":"dial","fields":{"to":"1","flow":"f","inputs":[]}}',
        b'{"id":"x","until":1,"order":"dial","fields":{"to":"1","flow":"f","ring_time":true}}',
        b'{"id":"x","until":1,"order":"dial","fields":{"to":"1","flow":"f","ring_time":null}}',
        b'{"id":"x","until":1,"order":"dial","fields":{"to":"1","flow":"f","tenant":7}}',
        b'{"id":"x","until":1,"order":"sing","fields":{}}', b'{"id":"x","until":1,"order":"reload","fields":[]}',
        b'{"id":1,"until":1,"order":"reload","fields":{}}', b'{"id":"x","until":"1","order":"reload","fields":{}}',
    ],
)  # fmt: skip
def test_anything_else_is_no_order(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the JSON reader says
        read_order(line)


@pytest.mark.parametrize(
    "line", [b"", b"7", b'{"receipt":"placed","fields":{"call":1,"switch":"x"}}', b'{"receipt":"x","fields":{}}']
)
def test_anything_else_is_no_receipt(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_receipt(line)


@pytest.mark.parametrize(
    "order",
    [
        DialOrder("100", "f", inputs={"x": {1, 2}}),  # type: ignore[dict-item]
        DialOrder("100", "f", inputs={"x": 2**80}),
        DialOrder("\ud800", "f"),
        DialOrder("100", "f", ring_time=float("nan")),
        DialOrder(100, "f"),  # type: ignore[arg-type]
    ],
)
def test_what_no_engine_would_understand_is_not_sent(order: Order) -> None:
    with pytest.raises(ControlError) as refused:
        write_order(Sent("x", 1, order))
    assert refused.value.fault == "invalid"


def test_every_order_and_receipt_can_travel() -> None:
    assert {type(one) for one in (DialOrder("1", "f"), HangUpOrder(CallId("c")), FlowOrder(CallId("c"), "f"),
                                  ReloadOrder())} == set(get_args(Order))  # fmt: skip
