import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from engine.flow.number_match import Dialled, NumberMatch


@pytest.mark.parametrize(
    ("written", "form", "fits", "does_not"),
    [
        ("+442079460000", "exact", ["+442079460000", "020 7946 0000", "442079460000"], ["+442079460001", "112"]),
        ("020 7946 0000", "exact", ["+442079460000"], ["+33120794600"]),
        ("100", "exact", ["100"], ["1000", "+44100"]),
        ("*97", "exact", ["*97"], ["97"]),
        ("alice", "exact", ["alice"], ["alicea"]),
        ("+4420*", "prefix", ["+442079460000", "020 7946 0000"], ["+33123456789", "4420"]),
        ("020*", "prefix", ["020 7946 0000", "+442079460000"], ["+33109758351"]),
        ("+442079460XXX", "mask", ["+442079460999"], ["+4420794609999", "+442079461000"]),
        ("1XX", "mask", ["100", "199"], ["1000", "200", "1ab"]),
        ("/[0-9]{3}/", "pattern", ["123"], ["1234", "abc"]),
        ("/\\+4420.*/", "pattern", ["020 7946 0000"], ["112"]),
        ("*", "any", ["", "anything"], []),
        ("anonymous", "anonymous", ["", "Anonymous", "unavailable"], ["+442079460000"]),
    ],
)
def test_conditions(written, form, fits, does_not):
    match = NumberMatch.read(written, "GB")
    assert match.form == form
    for number in fits:
        assert match.matches(Dialled.read(number, "GB")), number
    for number in does_not:
        assert not match.matches(Dialled.read(number, "GB")), number


def test_the_most_exact_sorts_first():
    written = ["*", "/.*/", "+4420*", "+44207946*", "+4420794600XX", "+442079460000"]
    ordered = sorted((NumberMatch.read(text, "GB") for text in written), key=lambda match: match.exactness)
    assert [match.source for match in ordered] == written[::-1]


def test_conditions_that_mean_the_same_are_equal():
    assert NumberMatch.read("020 7946 0000", "GB") == NumberMatch.read("+442079460000", "")
    assert NumberMatch.read("+4420*", "") != NumberMatch.read("+4421*", "")


@pytest.mark.parametrize("written", ["", " ", "x" * 201, "1\n2"])
def test_what_is_no_condition(written):
    with pytest.raises(ValueError, match="write a number"):
        NumberMatch.read(written, "GB")


def test_a_pattern_that_cannot_be_read():
    with pytest.raises(PydanticCustomError):
        NumberMatch.read("/(/", "GB")


@given(st.text(max_size=200))
def test_any_number_is_compared_and_nothing_else(text):
    number = Dialled.read(text, "GB")
    for written in ("+442079460000", "+44*", "1XX", "/[0-9]+/", "*"):
        assert NumberMatch.read(written, "GB").matches(number) in (True, False)
