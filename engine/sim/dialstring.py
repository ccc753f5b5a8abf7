"""Dial strings: `{all=1}[this=2]sofia/trunk/a,[this=3]sofia/trunk/b|sofia/trunk/c`."""

from __future__ import annotations

from dataclasses import dataclass


class DialStringError(ValueError):
    """A bracket or quote of a dial string is not closed."""


@dataclass(frozen=True, slots=True)
class DialLeg:
    """One address to call, with the variables of its leg."""

    address: str
    variables: dict[str, str]


@dataclass(frozen=True, slots=True)
class DialPlan:
    """Groups of legs; the legs of a group ring together, the groups one after another."""

    variables: dict[str, str]
    groups: tuple[tuple[DialLeg, ...], ...]


def parse_dial_string(text: str) -> DialPlan:
    """The parts of a dial string; DialStringError when it is malformed."""
    variables: dict[str, str] = {}
    text = text.strip()
    while text.startswith(("{", "<")):
        closing = "}" if text[0] == "{" else ">"
        inner, text = _bracketed(text, text[0], closing)
        variables |= parse_variables(inner)
    groups = []
    for group in split_outside(text, "|"):
        legs = [_leg(part) for part in split_outside(group, ",") if part.strip()]
        if legs:
            groups.append(tuple(legs))
    if not groups:
        raise DialStringError("no address")
    return DialPlan(variables, tuple(groups))


def _leg(text: str) -> DialLeg:
    variables: dict[str, str] = {}
    text = text.strip()
    while text.startswith(("[", "{")):
        inner, text = _bracketed(text, text[0], "]" if text[0] == "[" else "}")
        variables |= parse_variables(inner)
    return DialLeg(text.strip(), variables)


def _bracketed(text: str, opening: str, closing: str) -> tuple[str, str]:
    depth = 0
    quoted = False
    for at, letter in enumerate(text):
        if letter == "'" and (at == 0 or text[at - 1] != "\\"):
            quoted = not quoted
        elif not quoted:
            depth += (letter == opening) - (letter == closing)
            if depth == 0:
                return text[1:at], text[at + 1 :].lstrip()
    # A stray quote must not swallow the bracket: look again without minding quotes.
    at = text.find(closing)
    if at < 0:
        raise DialStringError(f"{opening} is not closed")
    return text[1:at], text[at + 1 :].lstrip()


def parse_variables(text: str) -> dict[str, str]:
    """`a=1,b='x, y',c=1\\,2` or `^^:a=1:b=2` as a mapping; a name alone is `true`."""
    delimiter = ","
    if text.startswith("^^") and len(text) > 3:
        delimiter, text = text[2], text[3:]
    variables: dict[str, str] = {}
    for part in _split_values(text, delimiter):
        name, equals, value = part.partition("=")
        if name.strip():
            variables[name.strip()] = value if equals else "true"
    return variables


def _split_values(text: str, delimiter: str) -> list[str]:
    parts: list[str] = []
    current: list[str] = []
    quoted = False
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and at + 1 < len(text) and text[at + 1] in (delimiter, "'", "\\"):
            current.append(text[at + 1])
            at += 2
            continue
        if letter == "'" and (quoted or "'" in text[at + 1 :]):
            quoted = not quoted
        elif letter == delimiter and not quoted:
            parts.append("".join(current))
            current = []
        else:
            current.append(letter)
        at += 1
    parts.append("".join(current))
    return parts


def split_outside(text: str, delimiter: str) -> list[str]:
    """Split at a delimiter that is in no bracket and no quotes."""
    parts: list[str] = []
    depth = 0
    quoted = False
    start = 0
    for at, letter in enumerate(text):
        if letter == "'" and depth:
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "[{(":
            depth += 1
        elif letter in "]})":
            depth = max(0, depth - 1)
        elif letter == delimiter and not depth:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return parts


def split_words(text: str, most: int) -> list[str]:
    """Words separated by spaces, quotes kept together and removed (switch_separate_string), at most so many."""
    words: list[str] = []
    current: list[str] = []
    started = quoted = False
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and at + 1 < len(text) and text[at + 1] in " '\\":
            current.append(text[at + 1])
            started = True
            at += 2
            continue
        if letter == "'" and (quoted or "'" in text[at + 1 :]):
            quoted = not quoted
            started = True
        elif letter == " " and not quoted:
            if started:
                words.append("".join(current))
                current, started = [], False
                if len(words) == most - 1:
                    rest = text[at + 1 :].strip()
                    return [*words, _unquoted(rest)] if rest else words
        else:
            current.append(letter)
            started = True
        at += 1
    if started:
        words.append("".join(current))
    return words


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
