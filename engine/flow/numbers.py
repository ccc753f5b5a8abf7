"""Telephone numbers: one written form for each (E.164), whatever form a carrier or a caller uses.

Emergency numbers, short codes and anything that is no telephone number are left as they are.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

_FORM = re.compile(r"^\+?[0-9 ().\-/]{1,40}$")
_SHORT = 6
_ORDINARY = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
    PhoneNumberType.TOLL_FREE,
)


def _parse(text: str, country: str) -> PhoneNumber | None:
    text = text.strip()
    if not _FORM.match(text) or not text.isascii():
        return None
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) <= _SHORT:
        return None
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number and phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE:
        return number
    if text.startswith("+") or digits.startswith("0"):
        return None
    try:  # carriers also send the international form without its plus
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


@lru_cache(maxsize=4096)
def e164(text: str, country: str = "") -> str | None:
    """The E.164 form (`+442079460000`), or None for what is no full telephone number.

    `country` (two letters) is where a number without a country code belongs.
    """
    number = _parse(text, country)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else None


def normalise(text: str, country: str = "") -> str:
    """The E.164 form where there is one, else the text without surrounding space: short codes, user names."""
    return e164(text, country) or text.strip()


@lru_cache(maxsize=4096)
def country_of(text: str, country: str = "") -> str | None:
    """The two-letter country of a telephone number, or None."""
    number = _parse(text, country)
    return phonenumbers.region_code_for_number(number) if number else None


@lru_cache(maxsize=4096)
def national(text: str, country: str = "") -> str | None:
    """The number as it is written within its own country (`020 7946 0000`), or None."""
    number = _parse(text, country)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) if number else None


@lru_cache(maxsize=4096)
def is_ordinary(text: str, country: str = "") -> bool:
    """Whether it is a number in use at an ordinary price: no premium, shared-cost or personal number."""
    number = _parse(text, country)
    return number is not None and phonenumbers.number_type(number) in _ORDINARY


def is_emergency(text: str, country: str) -> bool:
    """Whether the digits, dialled in this country, reach an emergency service, whatever follows them."""
    digits = "".join(character for character in text if character.isascii() and character.isdigit())
    return phonenumbers.connects_to_emergency_number(digits, country)


def is_country(code: str) -> bool:
    """Whether there are telephone numbers of this two-letter country."""
    return code in phonenumbers.SUPPORTED_REGIONS
