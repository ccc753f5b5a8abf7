import pytest

from engine.flow.digit_check import CheckName, passes


@pytest.mark.parametrize(
    ("check", "value", "country", "good"),
    [
        ("luhn", "79927398713", "", True),
        ("luhn", "79927398710", "", False),
        ("luhn", "0", "", False),
        ("phone", "02079460000", "GB", True),
        ("phone", "0207946", "GB", False),
        ("phone", "00442079460000", "DE", True),
        ("phone", "442079460000", "", True),
        ("phone", "02079460000", "", False),
        ("date", "29022024", "GB", True),
        ("date", "29022023", "GB", False),
        ("date", "02292024", "US", True),
        ("date", "20240229", "JP", True),
        ("date", "310124", "", True),
        ("date", "320124", "", False),
        ("date", "3101202", "", False),
        ("date", "01010000", "", False),
        ("mod11", "9434765919", "", True),
        ("mod11", "9434765918", "", False),
        ("mod11", "0000", "", False),
        ("mod97", "98", "", False),
        ("mod97", "12345698", "", 12345698 % 97 == 1),
        ("mod97", "0098", "", True),
        ("luhn", "18*", "", False),
        ("luhn", "١٨", "", False),
    ],
)
def test_checks(check: CheckName, value: str, country: str, good: bool) -> None:
    assert passes(check, value, country) is good
