import math

import pytest

from engine.core.errors import FlowError
from engine.flow.values import (
    NODE_LIMIT,
    NUMBER_LIMIT,
    TEXT_LIMIT,
    bounded,
    bounded_number,
    bounded_text,
    is_number,
    number_text,
    to_json,
    to_text,
    type_word,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (-2.5, "-2.5"),
        ("é", "é"),
        ([1, "a", None], '[1,"a",null]'),
        ({"a": {"b": 1}}, '{"a":{"b":1}}'),
    ],
)
def test_values_as_text(value, text):
    assert to_text(value) == text


def test_true_is_no_number():
    assert is_number(1)
    assert is_number(1.5)
    assert not is_number(True)
    assert not is_number("1")


@pytest.mark.parametrize(
    ("value", "word"),
    [(None, "null"), (True, "true or false"), (1, "a number"), ("", "a text"), ([], "a list"), ({}, "a map")],
)
def test_types_have_words(value, word):
    assert type_word(value) == word


@pytest.mark.parametrize("value", [NUMBER_LIMIT, -NUMBER_LIMIT, math.inf, math.nan])
def test_numbers_are_bounded(value):
    with pytest.raises(FlowError) as caught:
        bounded_number(value)
    assert caught.value.name == "expr.type"
    assert bounded_number(NUMBER_LIMIT - 1) == NUMBER_LIMIT - 1


def test_texts_are_bounded():
    assert bounded_text("x" * TEXT_LIMIT)
    with pytest.raises(FlowError):
        bounded_text("x" * (TEXT_LIMIT + 1))


def test_a_list_that_holds_itself_many_times_over_is_refused_quickly():
    value: list[object] = [1]
    for _ in range(40):
        value = [value, value]
    with pytest.raises(FlowError):
        bounded(value)
    with pytest.raises(FlowError):
        to_json(value)


def test_long_lists_and_maps_are_refused():
    assert bounded(list(range(NODE_LIMIT - 1)))
    with pytest.raises(FlowError):
        bounded(list(range(NODE_LIMIT + 1)))
    with pytest.raises(FlowError):
        bounded({str(n): n for n in range(NODE_LIMIT + 1)})
    with pytest.raises(FlowError):
        bounded(["x" * TEXT_LIMIT] * 11)


def test_what_is_not_json_is_a_flow_error():
    with pytest.raises(FlowError):
        to_json({"a": object()})


def test_number_text_never_shows_a_trailing_zero():
    assert number_text(1e6) == "1000000"
    assert number_text(1 / 3) == "0.333333333333"
