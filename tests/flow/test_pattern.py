import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from engine.flow.pattern import MAX_SEARCHED, MAX_TEXT, Pattern

atoms = st.sampled_from(
    ["a", "b", "1", ".", "[ab]", "[^a]", r"\d", r"\w", r"[0-5]", r"\.", "(?:a|b1)", "(ab|)", "[a-]"]
)
repeats = st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{2,}", "{0}"])
pieces = st.builds(lambda atom, repeat: atom + repeat, atoms, repeats)
sequences = st.lists(pieces, max_size=4).map("".join)
patterns = st.lists(sequences, min_size=1, max_size=3).map("|".join)
groups = st.builds(lambda inner, repeat: f"({inner}){repeat}", patterns, repeats)


@given(st.one_of(patterns, groups), st.text(alphabet="ab15.-\n", max_size=8))
def test_agrees_with_the_regular_expressions_of_python(pattern, text):
    assert Pattern.compile(pattern).matches(text) == bool(re.fullmatch(pattern, text, re.ASCII))


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_a_pattern_or_a_finding(text):
    rule = ""
    try:
        Pattern.compile(text).matches(text)
    except PydanticCustomError as error:
        rule = error.type
    assert rule in ("", "bad-pattern", "slow-pattern")


@pytest.mark.parametrize("pattern", [r"(\d+)+", "(a|a)*", "(a*)*", "(a|aa)+b", "a*a*a*a*a*a*a*b"])
def test_what_stalls_backtracking_matchers_is_answered_within_a_bounded_number_of_steps(pattern):
    compiled = Pattern.compile(pattern)
    assert not compiled.matches("a" * (MAX_TEXT - 1) + "!")
    # every character leads to one cached set of states: at most one new one per character
    assert len(compiled._steps) <= MAX_TEXT


def test_a_longer_text_fits_nothing():
    assert Pattern.compile("a*").matches("a" * MAX_TEXT)
    assert not Pattern.compile("a*").matches("a" * (MAX_TEXT + 1))


@pytest.mark.parametrize("pattern", ["(((a{100}){100}){100})", "a{128}" * 16, "a" * 201])
def test_a_pattern_that_unfolds_too_far_is_refused(pattern):
    with pytest.raises(PydanticCustomError) as caught:
        Pattern.compile(pattern)
    assert caught.value.type == "slow-pattern"


def test_repeating_nothing_costs_nothing():
    nothing = Pattern.compile("((((){128}){128}){128}){128}")
    assert nothing.matches("")
    assert not nothing.matches("a")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(a", '")" is missing'),
        ("a)", '"(" is missing'),
        ("[a", '"]" is missing'),
        ("*a", "nothing before"),
        ("a**", "two repeats"),
        ("a{3,1}", "more than it allows"),
        ("a{x}", "{3,5}"),
        ("(?=a)", "looking ahead"),
        (r"(a)\1", "not supported"),
        ("a^b", "whole text"),
        ("[z-a]", "backwards"),
        (r"[\D]", "cannot stand"),
        ("a\\", "at the end"),
        ("\b1\b", "r'...'"),
    ],
)
def test_mistakes_say_what_is_wrong(pattern, told):
    with pytest.raises(PydanticCustomError) as caught:
        Pattern.compile(pattern)
    assert caught.value.type == "bad-pattern"
    assert told in caught.value.message()


def test_anchors_at_the_ends_change_nothing():
    assert Pattern.compile("^[0-9]{4}$").matches("1234")
    assert not Pattern.compile("^[0-9]{4}$").matches("12345")
    assert Pattern.compile(r"a\$").matches("a$")


def test_any_case():
    fold = Pattern.compile("(?i)[a-c]x[^d]")
    assert fold.matches("AXb")
    assert fold.matches("cXE")
    assert not fold.matches("axD")


@pytest.mark.parametrize(
    ("pattern", "shortest", "longest"),
    [("abc", 3, 3), ("a?b{2,4}", 2, 5), ("a|bcd", 1, 3), ("a+", 1, None), ("(a*){0}", 0, 0), ("(){5}", 0, 0)],
)
def test_lengths(pattern, shortest, longest):
    compiled = Pattern.compile(pattern)
    assert (compiled.shortest, compiled.longest) == (shortest, longest)


def test_equal_patterns_are_equal():
    assert Pattern.compile("a") == Pattern.compile("a")
    assert Pattern.compile("a") != Pattern.compile("b")
    assert len({Pattern.compile("a"), Pattern.compile("a")}) == 1


def test_a_part_of_a_text_is_found():
    pattern = Pattern.compile("(?i)b+c")
    assert pattern.found_in("xxaBBCyy" * 20)
    assert not pattern.found_in("bbb")
    assert Pattern.compile("").found_in("")
    assert not pattern.found_in("x" * MAX_SEARCHED + "bc")
    assert Pattern.compile("(a+)+$").found_in("a" * 4000), "in time that grows with the text alone"
