"""Dial strings with FreeSWITCH's brackets and quotes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sim.dialstring import DialStringError, parse_dial_string, parse_variables, split_words


def test_legs_groups_and_variables() -> None:
    plan = parse_dial_string("{a=1,b='x, y'}[c=2]sofia/trunk/1@h,[c=3]sofia/trunk/2@h|sofia/trunk/3@h")
    assert plan.variables == {"a": "1", "b": "x, y"}
    assert [[(leg.address, leg.variables) for leg in group] for group in plan.groups] == [
        [("sofia/trunk/1@h", {"c": "2"}), ("sofia/trunk/2@h", {"c": "3"})],
        [("sofia/trunk/3@h", {})],
    ]


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("a=1", {"a": "1"}),
        (r"a=1\,2,b=3", {"a": "1,2", "b": "3"}),
        (r"name='O\'Brien, Bob',x=1", {"name": "O'Brien, Bob", "x": "1"}),
        ("^^:a=1,2:b=3", {"a": "1,2", "b": "3"}),
        ("flag", {"flag": "true"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=it's", {"a": "it's"}),
    ],
)
def test_variables(text: str, variables: dict[str, str]) -> None:
    assert parse_variables(text) == variables


def test_several_brackets_add_up() -> None:
    plan = parse_dial_string("{a=1}{b=2}[x=1][y=2]user/1001")
    assert plan.variables == {"a": "1", "b": "2"}
    assert plan.groups[0][0].variables == {"x": "1", "y": "2"}


@pytest.mark.parametrize("text", ["", "{a=1}", "{a=1", "[x"])
def test_malformed_is_an_error(text: str) -> None:
    with pytest.raises(DialStringError):
        parse_dial_string(text)


@given(st.text(alphabet="{}[]<>',|=\\ab/", max_size=40))
def test_noise_is_a_plan_or_an_error(text: str) -> None:
    with contextlib.suppress(DialStringError):
        assert parse_dial_string(text).groups


def test_words_with_quotes() -> None:
    assert split_words("1 2 'a b' c\\ d", 9) == ["1", "2", "a b", "c d"]
    assert split_words("1  2 the rest of it", 3) == ["1", "2", "the rest of it"]
    assert split_words("it's one", 9) == ["it's", "one"]
