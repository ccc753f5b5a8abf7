"""Checks of keyed digits against slips of the finger: check digits, telephone numbers, dates."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from typing import Literal

import phonenumbers

from engine.flow.expression_functions import luhn

CheckName = Literal["luhn", "phone", "date", "mod11", "mod97"]

_MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "FM", "MH"})
_YEAR_FIRST = frozenset({"CN", "JP", "KR", "KP", "TW", "HU", "LT", "MN", "IR", "CA", "SE"})


def _luhn(value: str, _country: str) -> bool:
    """The last digit is the check digit of ISO/IEC 7812-1, as on payment cards."""
    return bool(luhn(value))


def _phone(value: str, country: str) -> bool:
    """A telephone number that exists in the project's country, or a full one after 00 or the country's exit code."""
    for region, text in ((country or None, value), (None, "+" + value.removeprefix("00"))):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False


def _date(value: str, country: str) -> bool:
    """A day of the calendar in 6 or 8 digits: ddmmyyyy; mmddyyyy in the USA; yyyymmdd where the year comes first."""
    if len(value) not in (6, 8):
        return False
    size = len(value) - 4
    if country in _YEAR_FIRST:
        year, month, day = value[:size], value[size : size + 2], value[size + 2 :]
    elif country in _MONTH_FIRST:
        month, day, year = value[:2], value[2:4], value[4:]
    else:
        day, month, year = value[:2], value[2:4], value[4:]
    full = int(year) + (2000 if size == 2 else 0)
    return full >= 1 and 1 <= int(month) <= 12 and 1 <= int(day) <= monthrange(full, int(month))[1]


def _mod11(value: str, _country: str) -> bool:
    """Each digit times its place counted from the right gives a multiple of 11, as in ISBN-10 and NHS numbers."""
    total = sum(int(digit) * (place + 1) for place, digit in enumerate(reversed(value)))
    return len(value) >= 2 and total % 11 == 0 and total > 0


def _mod97(value: str, _country: str) -> bool:
    """The number leaves 1 when divided by 97 (ISO 7064 MOD 97-10)."""
    return len(value) >= 3 and int(value) % 97 == 1


CHECKS: Mapping[CheckName, Callable[[str, str], bool]] = {
    "luhn": _luhn,
    "phone": _phone,
    "date": _date,
    "mod11": _mod11,
    "mod97": _mod97,
}
"""Every check by its name: given the digits and the project's country (two letters, or empty)."""


def passes(check: CheckName, value: str, country: str) -> bool:
    """Whether `value` holds what `check` demands; a value with `*`, `#` or letters never does."""
    return value.isascii() and value.isdigit() and CHECKS[check](value, country)
