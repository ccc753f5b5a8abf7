"""Conditions on telephone numbers, as a dial plan writes them, and how exact each is.

`+442079460000` or a national form is one number; `+4420*` all that begin so; `+4420794600XX` has any digit for each X;
`/.../` is a pattern; `anonymous` (of callers) is who does not say; `*` is any.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from engine.flow import numbers
from engine.flow.pattern import Pattern

ANONYMOUS = frozenset({"", "anonymous", "unknown", "unavailable", "restricted", "private", "withheld"})
"""What arrives as the number of a caller who does not show it."""
_DIGITS_AND_X = re.compile(r"^\+?[0-9X]+$")
_PREFIX = re.compile(r"^\+?[0-9]*$")

Form = Literal["exact", "mask", "prefix", "pattern", "anonymous", "any"]
_RANK: dict[Form, int] = {"exact": 0, "anonymous": 0, "mask": 1, "prefix": 1, "pattern": 2, "any": 3}


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number in every form a condition may be about."""

    raw: str
    e164: str
    national: str

    @staticmethod
    @lru_cache(maxsize=4096)
    def read(text: str, country: str) -> "Dialled":
        """The forms of what arrived; those it does not have are the raw text."""
        raw = text.strip()
        full = numbers.e164(raw, country)
        if full is None:
            return Dialled(raw, raw, raw)
        local = numbers.national(full) or ""
        return Dialled(raw, full, "".join(character for character in local if character.isdigit()))

    @property
    def forms(self) -> tuple[str, ...]:
        """Every form once."""
        return tuple(dict.fromkeys((self.e164, self.raw, self.national)))


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """One condition on a number. Equal conditions are equal values."""

    source: str = field(compare=False)
    form: Form
    text: str
    pattern: Pattern | None = None

    @staticmethod
    def read(written: str, country: str) -> "NumberMatch":
        """Read a condition. Raises ValueError, or PydanticCustomError for a pattern that cannot be read."""
        text = written.strip()
        if not text or len(text) > 200 or not text.isprintable():
            raise ValueError('write a number such as "+442079460000", "+4420*", "+4420794600XX" or "/[0-9]{4}/"')
        if text == "*":
            return NumberMatch(text, "any", "")
        if text.lower() == "anonymous":
            return NumberMatch(text, "anonymous", "")
        if len(text) > 2 and text[0] == text[-1] == "/":
            return NumberMatch(text, "pattern", text[1:-1], Pattern.compile(text[1:-1]))
        bare = "".join(character for character in text if character not in " ().-")
        if bare.endswith("*") and _PREFIX.match(bare[:-1]) and len(bare) > 1:
            return NumberMatch(text, "prefix", bare[:-1])
        if "X" in bare and any(character.isdigit() for character in bare) and _DIGITS_AND_X.match(bare):
            return NumberMatch(text, "mask", bare)
        return NumberMatch(text, "exact", numbers.normalise(text, country))

    def matches(self, number: Dialled) -> bool:
        """Whether the number fits."""
        match self.form:
            case "any":
                return True
            case "exact":
                return self.text in (number.e164, number.raw)
            case "anonymous":
                return number.raw.lower() in ANONYMOUS
            case "prefix":
                return any(form.startswith(self.text) for form in number.forms)
            case "mask":
                return any(_fits(self.text, form) for form in number.forms)
            case "pattern":
                assert self.pattern is not None
                return any(self.pattern.matches(form) for form in number.forms)

    @property
    def exactness(self) -> tuple[int, int]:
        """For sorting, the most exact first: a number, then the longest mask or prefix, then a pattern, then any."""
        fixed = sum(character != "X" for character in self.text) if self.form in ("mask", "prefix") else 0
        return _RANK[self.form], -fixed


def _fits(mask: str, number: str) -> bool:
    return len(mask) == len(number) and all(
        own == digit or (own == "X" and digit.isascii() and digit.isdigit())
        for own, digit in zip(mask, number, strict=True)
    )
