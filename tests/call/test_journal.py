"""The journal: every signal goes out and comes back the same, and any other line is refused as such."""

import json
from typing import get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.journal import decode, encode
from engine.core.ids import AskId, LegId
from engine.core.signals import Answered, HttpReply, LegArrived, Played, Resumed, Signal
from tests.call.signals import any_signal


@given(any_signal)
def test_every_signal_comes_back_the_same(signal: Signal) -> None:
    line = encode(signal)
    assert b"\n" not in line
    assert decode(line) == signal
    assert encode(decode(line)) == line


def test_a_line_is_small_and_readable() -> None:
    assert encode(Answered(12.5, AskId(3), Played("missing", "FILE NOT FOUND"))) == (
        b'["Answered",12.5,3,["Played","missing","FILE NOT FOUND"]]'
    )


def test_texts_that_look_like_signals_are_texts() -> None:
    signal = Answered(1.0, AskId(1), HttpReply(200, {"Resumed": '["Resumed",1.0]'}, '["LegEnded",1,"a","b",false]'))
    assert decode(encode(signal)) == signal


def test_a_field_added_later_has_its_default_in_an_older_line() -> None:
    older = b'["LegArrived",1.0,"a","fs1","100","Ann","200"]'
    assert decode(older) == LegArrived(1.0, LegId("a"), "fs1", "100", "Ann", "200")


@pytest.mark.parametrize(
    "line",
    [
        b"", b"null", b"[]", b"{}", b'"Resumed"', b"17", b'["Resumed"', b"\xff", b'["Resumed"]', b'["Resumed",1,2]',
        b'["Nothing",1]', b'["Played","done",""]', b'[["Resumed",1.0]]', b'["Answered",1,1,["Played"]]',
        b'[1,"Resumed"]',
        b'{"Resumed":1}',
    ],
)  # fmt: skip
def test_any_other_line_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it is the promise, whatever the JSON reader says
        decode(line)


nested = st.recursive(
    st.none() | st.integers() | st.sampled_from(["Resumed", "Answered", "x"]), lambda inner: st.lists(inner, max_size=5)
)


@given(st.binary(max_size=60) | nested.map(lambda value: json.dumps(value).encode()))
def test_no_line_raises_anything_else(line: bytes) -> None:
    try:
        signal = decode(line)
    except ValueError:
        return
    assert type(signal) in get_args(Signal)


def test_resumed_is_two_words() -> None:
    assert orjson.loads(encode(Resumed(1.0))) == ["Resumed", 1.0]
