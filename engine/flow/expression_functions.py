"""The functions of expressions about texts, numbers, lists and telephone numbers."""

from collections.abc import Callable
from typing import Any

from engine.core.errors import FlowError
from engine.core.signals import Json
from engine.flow import numbers
from engine.flow.function import Scope, function
from engine.flow.pattern import Pattern
from engine.flow.values import (
    TEXT_LIMIT,
    bounded,
    bounded_number,
    bounded_text,
    is_number,
    to_json,
    to_text,
    type_word,
    wrong_type,
)


@function("len")
def _len(value: str | list[Any] | dict[str, Any]) -> int:
    """How many characters a text has, how many items a list or map has."""
    return len(value)


@function()
def lower(text: str) -> str:
    """The text in small letters."""
    return bounded_text(text.lower())


@function()
def upper(text: str) -> str:
    """The text in capital letters."""
    return bounded_text(text.upper())


@function()
def trim(text: str) -> str:
    """The text without space at its ends."""
    return text.strip()


@function("int")
def _int(value: str | int | float | bool, otherwise: Json = None) -> Json:
    """The whole number in a text (`int("042")` is 42) or below a number; `otherwise` when there is none."""
    try:
        if isinstance(value, str):
            return bounded_number(int(value.strip()[:30]))
        return bounded_number(int(value))
    except (ValueError, OverflowError):
        if otherwise is not None:
            return otherwise
        raise wrong_type(f'int(): "{str(value)[:40]}" is not a whole number') from None


@function()
def number(value: str | int | float | bool, otherwise: Json = None) -> Json:
    """The number in a text (`number("1.5")` is 1.5); `otherwise` when there is none."""
    try:
        if isinstance(value, str):
            text = value.strip()[:40]
            if any(character.isalpha() for character in text) or "_" in text:  # inf, nan, 1e9, 1_000
                raise ValueError(text)
            return bounded_number(float(text) if "." in text else int(text))
        return bounded_number(value if is_number(value) else int(value))
    except (ValueError, OverflowError):
        if otherwise is not None:
            return otherwise
        raise wrong_type(f'number(): "{str(value)[:40]}" is not a number') from None


@function("str")
def _str(value: Json) -> str:
    """The value as text."""
    return bounded_text(to_text(value))


@function("round")
def _round(value: int | float, digits: int = 0) -> int | float:
    """The number rounded to some digits after the point (none when left out); halves go away from zero."""
    if not isinstance(digits, int) or not 0 <= digits <= 10:
        raise wrong_type("round(): digits must be a whole number from 0 to 10")
    scale = 10**digits
    scaled = int(abs(value) * scale + 0.5)
    signed = scaled if value >= 0 else -scaled
    return signed if digits == 0 else signed / scale


def _numbers_of(name: str, values: tuple[Any, ...]) -> list[Any]:
    items = list(values[0]) if len(values) == 1 and isinstance(values[0], list | tuple) else list(values)
    if not items:
        raise wrong_type(f"{name}(): there is nothing in the list")
    if not (all(map(is_number, items)) or all(isinstance(item, str) for item in items)):
        raise wrong_type(f"{name}(): all values must be numbers, or all texts")
    return items


@function("min", result="any")
def _min(*values: Json) -> Json:
    """The smallest of some numbers or texts, or of one list of them."""
    return min(_numbers_of("min", values))  # type: ignore[no-any-return]


@function("max", result="any")
def _max(*values: Json) -> Json:
    """The largest of some numbers or texts, or of one list of them."""
    return max(_numbers_of("max", values))  # type: ignore[no-any-return]


@function("abs")
def _abs(value: int | float) -> int | float:
    """The number without its sign."""
    return abs(value)


@function(lazy=True, result="any")
def default(value: Callable[[], Json], otherwise: Callable[[], Json]) -> Json:
    """The value, or `otherwise` when it is null or does not exist."""
    try:
        found = value()
    except FlowError as error:
        if error.name != "expr.undefined":
            raise
        found = None
    return otherwise() if found is None else found


@function(lazy=True, result="any")
def coalesce(*values: Callable[[], Json]) -> Json:
    """The first of the values that exists and is neither null nor an empty text; null when there is none."""
    for value in values:
        try:
            found = value()
        except FlowError as error:
            if error.name != "expr.undefined":
                raise
            continue
        if found is not None and found != "":
            return found
    return None


@function()
def contains(value: str | list[Any] | dict[str, Any], part: Json) -> bool:
    """Whether a text holds a part, a list an item, a map a key."""
    if isinstance(value, str):
        if not isinstance(part, str):
            raise wrong_type(f"contains(): a text holds texts, not {type_word(part)}")
        return part in value
    return part in value if isinstance(value, list) or isinstance(part, str) else False


@function()
def starts_with(text: str, beginning: str) -> bool:
    """Whether a text begins so."""
    return text.startswith(beginning)


@function()
def ends_with(text: str, end: str) -> bool:
    """Whether a text ends so."""
    return text.endswith(end)


@function()
def matches(text: str, pattern: str) -> bool:
    """Whether the whole text fits the pattern, such as `matches(vars.code, "[A-Z]{2}[0-9]+")`.

    The pattern is written out in the expression, so that it is checked when the flow is loaded; texts of more than 128
    characters fit no pattern.
    """
    return Pattern.compile(pattern).matches(text)


@function()
def replace(text: str, old: str, new: str) -> str:
    """The text with every `old` in it replaced by `new`."""
    if not old:
        raise wrong_type("replace(): there is nothing to replace")
    if len(text) + text.count(old) * (len(new) - len(old)) > TEXT_LIMIT:
        raise wrong_type(f"replace(): the text would be longer than {TEXT_LIMIT} characters")
    return text.replace(old, new)


@function()
def split(text: str, separator: str = " ") -> list[Any]:
    """The parts of a text between separators; without one, its words."""
    if not separator:
        raise wrong_type("split(): the separator is empty")
    bounded_text(text)
    return bounded(text.split() if separator == " " else text.split(separator))  # type: ignore[no-any-return]


@function()
def join(items: list[Any], separator: str = ", ") -> str:
    """The items of a list as one text."""
    if len(items) > TEXT_LIMIT or len(separator) * max(len(items) - 1, 0) > TEXT_LIMIT:
        raise wrong_type(f"join(): the text would be longer than {TEXT_LIMIT} characters")
    parts, length = [], 0
    for item in items:
        parts.append(to_text(item))
        length += len(parts[-1])
        if length > TEXT_LIMIT:
            raise wrong_type(f"join(): the text would be longer than {TEXT_LIMIT} characters")
    return bounded_text(separator.join(parts))


@function()
def first(value: str | list[Any]) -> Json:
    """The first character of a text or item of a list; null when it is empty."""
    return value[0] if value else None


@function()
def last(value: str | list[Any]) -> Json:
    """The last character of a text or item of a list; null when it is empty."""
    return value[-1] if value else None


@function("slice", result="any")
def _slice(value: str | list[Any], start: int, end: int | None = None) -> Json:
    """The part from `start` (0 is the first; -4 is four from the end) up to but without `end`."""
    if not isinstance(start, int) or not isinstance(end, int | None):
        raise wrong_type("slice(): start and end must be whole numbers")
    return value[start:end]


@function()
def pad(text: str | int, width: int, fill: str = "0") -> str:
    """The text made `width` characters long by `fill` in front: `pad(7, 3)` is `007`."""
    if not isinstance(width, int) or len(fill) != 1 or isinstance(text, float):
        raise wrong_type("pad(): width must be a whole number and fill one character")
    if width > TEXT_LIMIT:
        raise wrong_type(f"pad(): at most {TEXT_LIMIT} characters")
    return to_text(text).rjust(width, fill)


@function()
def spell(text: str | int) -> str:
    """The characters of a text with spaces between them, so that each is spoken by itself."""
    return bounded_text(" ".join(character for character in to_text(text) if not character.isspace()))


def country_in(scope: Scope) -> str:
    """The project's country, which numbers without a country code belong to."""
    return str(scope.get("@country", ""))


@function()
def e164(scope: Scope, number: str, country: str = "") -> str | None:
    """A telephone number in its international form, `+442079460000`; null when it is none."""
    return numbers.e164(number, country.upper() or country_in(scope))


@function("country")
def _country(scope: Scope, number: str) -> str | None:
    """The two letters of a telephone number's country, such as `GB`; null when it is none."""
    return numbers.country_of(number, country_in(scope))


@function()
def national(scope: Scope, number: str, country: str = "") -> str | None:
    """A telephone number as written in its own country, such as `020 7946 0000`; null when it is none."""
    return numbers.national(number, country.upper() or country_in(scope))


@function()
def luhn(digits: str) -> bool:
    """Whether the last digit is the right check digit (Luhn, ISO/IEC 7812-1), as on payment cards."""
    if not digits.isascii() or not digits.isdigit() or len(digits) < 2:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


@function("json")
def _json(value: Json) -> str:
    """The value as JSON text."""
    return to_json(value)
