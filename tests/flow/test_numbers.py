import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.numbers import country_of, e164, is_country, is_emergency, is_ordinary, national, normalise


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("+44 20 7946 0000", "", "+442079460000"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("(020) 7946-0000", "GB", "+442079460000"),
        ("00442079460000", "GB", "+442079460000"),
        ("442079460000", "GB", "+442079460000"),
        ("442079460000", "", "+442079460000"),
        ("2025550123", "US", "+12025550123"),
        ("02079460000", "", None),
        ("112", "GB", None),
        ("999", "GB", None),
        ("911", "US", None),
        ("1571", "GB", None),
        ("alice", "GB", None),
        ("*97", "GB", None),
        ("", "GB", None),
        ("1800FLOWERS", "US", None),
        ("+999999999999999", "", None),
        ("\uff12\uff10\uff17\uff19\uff14\uff16\uff10\uff10\uff10\uff10", "GB", None),
    ],
)
def test_the_international_form(text, country, expected):
    assert e164(text, country) == expected


def test_emergency_numbers_and_names_stay_as_they_are():
    assert normalise("112", "GB") == "112"
    assert normalise(" alice ", "GB") == "alice"
    assert normalise("020 7946 0000", "GB") == "+442079460000"


def test_country_and_national_form():
    assert country_of("+442079460000") == "GB"
    assert national("+442079460000") == "020 7946 0000"
    assert country_of("nobody") is None
    assert national("nobody") is None


def test_countries():
    assert is_country("GB")
    assert not is_country("XX")
    assert not is_country("gb")


@pytest.mark.parametrize(
    "text", ["+44\r\n2079460000", "+44%0A2079460000", "${system id}", "+1;phone-context=x", "tel:+4420"]
)
def test_hostile_text_is_no_number(text):
    assert e164(text, "GB") is None
    assert normalise(text, "GB") == text.strip()


@given(st.text(max_size=300), st.sampled_from(["", "GB", "US"]))
def test_any_text_is_data(text, country):
    found = e164(text, country)
    assert found is None or (found[0] == "+" and found[1:].isdigit() and found.isascii())
    assert normalise(text, country) in (found, text.strip())


@pytest.mark.parametrize("text", ["+442079460000", "+447400123456", "+12125550100", "+448001111111", "020 7946 0000"])
def test_numbers_of_people_are_ordinary(text):
    assert is_ordinary(text, "GB")


@pytest.mark.parametrize("text", ["+449011234567", "+447011234567", "+448451234567", "1571", "+44999", "nobody", ""])
def test_others_are_not(text):
    assert not is_ordinary(text, "GB")


def test_emergency_numbers_belong_to_a_country():
    assert is_emergency("999", "GB")
    assert is_emergency("9-9-9", "GB")
    assert not is_emergency("911", "GB")
    assert is_emergency("911", "US")
    assert not is_emergency("nobody", "GB")
