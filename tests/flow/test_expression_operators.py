import ast

import pytest

from engine.core.errors import FlowError
from engine.flow.expression_operators import COMPARISONS, OPERATIONS, negated, same

add, multiply = OPERATIONS[ast.Add], OPERATIONS[ast.Mult]
less, inside = COMPARISONS[ast.Lt], COMPARISONS[ast.In]


def test_plus_joins_like_with_like():
    assert add(1, 2.5) == 3.5
    assert add("a", "b") == "ab"
    assert add([1], [2]) == [1, 2]
    for left, right in ((1, "a"), ("a", [1]), (True, 1), (None, None), ({}, {})):
        with pytest.raises(FlowError) as caught:
            add(left, right)
        assert caught.value.name == "expr.type"


def test_a_text_is_never_multiplied():
    with pytest.raises(FlowError) as caught:
        multiply("ab", 3)
    assert "use int(...)" in caught.value.message


def test_results_stay_finite():
    with pytest.raises(FlowError):
        multiply(10**17, 100)
    with pytest.raises(FlowError):
        multiply(1e300, 1e300)


def test_equality_tells_text_numbers_and_truth_apart():
    assert same(1, 1.0)
    assert not same(1, True)
    assert not same("1", 1)
    assert COMPARISONS[ast.NotEq]("1", 1)


def test_only_numbers_and_texts_have_an_order():
    assert less(1, 1.5)
    assert less("a", "b")
    for left, right in ((1, "2"), (True, 2), (None, 1), ([1], [2])):
        with pytest.raises(FlowError):
            less(left, right)


def test_in_looks_into_texts_lists_and_maps():
    assert inside("b", "abc")
    assert inside(1, [1, 2])
    assert not inside(True, [1])
    assert inside("a", {"a": 1})
    assert not inside(1, {"a": 1})
    assert COMPARISONS[ast.NotIn]("z", "abc")
    with pytest.raises(FlowError):
        inside(1, "abc")


def test_minus_is_for_numbers():
    assert negated(2) == -2
    with pytest.raises(FlowError):
        negated("2")
