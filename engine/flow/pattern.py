"""Patterns that authors write, matched in time linear in the text: no pattern can stall the engine.

The familiar notation of regular expressions without what needs backtracking: letters, `.`, classes (`[0-9]`, `\\d \\w
\\s` and their capitals), groups, `|`, `* + ? {m,n}`, and `(?i)` in front for any case. A pattern is about a whole text;
`^` and `$` at its ends are allowed and change nothing. Matching follows all ways at once (Thompson, 1968).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic_core import PydanticCustomError

MAX_LENGTH = 200
MAX_STATES = 2000
MAX_REPEAT = 128
MAX_TEXT = 128
"""A longer text matches nothing."""
MAX_SEARCHED = 4096
"""Of a longer text only so much is searched."""
_CACHE = 2000
_DEPTH = 20

_CLASSES = {"d": ((48, 57),), "w": ((48, 57), (65, 90), (95, 95), (97, 122)), "s": ((9, 13), (32, 32))}
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r"}

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Set:
    """One character out of (or, negated, outside) some ranges of code points."""

    ranges: Ranges
    negated: bool = False

    def has(self, character: str) -> bool:
        code = ord(character)
        return any(low <= code <= high for low, high in self.ranges) != self.negated


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    parts: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: "_Node"
    low: int
    high: int | None


_Node = _Set | _Sequence | _Choice | _Repeat


def _error(kind: Literal["bad-pattern", "slow-pattern"], message: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message})


class _Reader:
    """Reads the notation into nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        character = self.peek()
        self.at += 1
        return character

    def fail(self, message: str) -> PydanticCustomError:
        return _error("bad-pattern", f"cannot read the pattern at character {self.at + 1}: {message}")

    def choice(self) -> _Node:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.fail("too many groups inside groups")
        parts = [self.sequence()]
        while self.peek() == "|":
            self.take()
            parts.append(self.sequence())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else _Choice(tuple(parts))

    def sequence(self) -> _Node:
        parts: list[_Node] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated(self.atom()))
        return _Sequence(tuple(parts))

    def repeated(self, node: _Node) -> _Node:
        bounds = self.bounds()
        if bounds is None:
            return node
        low, high = bounds
        if high is not None and low > high:
            raise self.fail(f"{{{low},{high}}} asks for more than it allows")
        if max(low, high or 0) > MAX_REPEAT:
            raise self.fail(f"at most {MAX_REPEAT} repeats")
        if self.peek() in ("*", "+", "?") or (self.peek() == "{" and self.bounds() is not None):
            raise self.fail("two repeats in a row; put the first in a group")
        return _Repeat(node, low, high)

    def bounds(self) -> tuple[int, int | None] | None:
        match self.peek():
            case "*":
                self.take()
                return 0, None
            case "+":
                self.take()
                return 1, None
            case "?":
                self.take()
                return 0, 1
            case "{":
                return self.braces()
        return None

    def braces(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : end if end > 0 else None].partition(",")
        if end < 0 or not all(part.isascii() and part.isdigit() for part in ([low, high] if high else [low])):
            raise self.fail("write a repeat as {3}, {3,} or {3,5}")
        if max(len(low), len(high)) > 4:
            raise self.fail(f"at most {MAX_REPEAT} repeats")
        self.at = end + 1
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else None

    def atom(self) -> _Node:
        character = self.take()
        if character == "(":
            return self.group()
        if character == "[":
            return self.bracket()
        if character == ".":
            return _Set(((10, 10),), negated=True)
        if character == "\\":
            return self.escape()
        if character in "*+?{":
            self.at -= 1
            raise self.fail(f'nothing before "{character}" to repeat')
        if character in "^$":
            self.at -= 1
            raise self.fail(f'"{character}" belongs at an end of the pattern; it is about the whole text anyway')
        return _Set(((ord(character), ord(character)),))

    def group(self) -> _Node:
        if self.peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise self.fail("groups are ( ) or (?: ): looking ahead, looking back and names are not supported")
            self.at += 2
        node = self.choice()
        if self.take() != ")":
            raise self.fail('a ")" is missing')
        return node

    def escape(self) -> _Set:
        character = self.take()
        if character.lower() in _CLASSES and character:
            return _Set(_CLASSES[character.lower()], negated=character.isupper())
        if not character:
            raise self.fail('a "\\" at the end')
        if character.isascii() and character.isalnum() and character not in _ESCAPES:
            raise self.fail(f'"\\{character}" is not supported')
        code = ord(_ESCAPES.get(character, character))
        return _Set(((code, code),))

    def bracket(self) -> _Set:
        negated = self.peek() == "^"
        if negated:
            self.take()
        ranges: list[tuple[int, int]] = []
        first = True
        while first or self.peek() != "]":
            first = False
            if not self.peek():
                raise self.fail('a "]" is missing')
            ranges.extend(self.bracket_item())
        self.take()
        return _Set(tuple(ranges), negated)

    def bracket_item(self) -> Ranges:
        low = self.bracket_end()
        if self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return low
        self.take()
        high = self.bracket_end()
        if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] != high[0][1]:
            raise self.fail("a range needs a character at both ends")
        if low[0][0] > high[0][0]:
            raise self.fail("a range of characters runs backwards")
        return ((low[0][0], high[0][0]),)

    def bracket_end(self) -> Ranges:
        character = self.take()
        if character != "\\":
            return ((ord(character), ord(character)),)
        found = self.escape()
        if found.negated:
            raise self.fail("\\D, \\W and \\S cannot stand inside [ ]")
        return found.ranges


@dataclass(slots=True)
class _Machine:
    """The states of a pattern: each state reads one character or stands for several others."""

    reads: list[_Set | None] = field(default_factory=list)
    nexts: list[tuple[int, ...]] = field(default_factory=list)

    def state(self, read: _Set | None, *nexts: int) -> int:
        if len(self.reads) >= MAX_STATES:
            raise _error("slow-pattern", "the pattern is too large; use fewer or smaller repeats")
        self.reads.append(read)
        self.nexts.append(nexts)
        return len(self.reads) - 1

    def build(self, node: _Node, then: int) -> int:
        """Add the states of `node`, leading to `then`; the first of them."""
        match node:
            case _Set():
                return self.state(node, then)
            case _Sequence(parts=parts):
                for part in reversed(parts):
                    then = self.build(part, then)
                return then
            case _Choice(parts=parts):
                return self.state(None, *(self.build(part, then) for part in parts))
            case _Repeat(part=part, low=low, high=high):
                if high is None:
                    loop = self.state(None)
                    self.nexts[loop] = (self.build(part, loop), then)
                    then = loop
                else:
                    end = then
                    for _ in range(high - low):
                        then = self.state(None, self.build(part, then), end)
                for _ in range(low):
                    first = self.build(part, then)
                    if first == then:  # nothing to repeat, however often
                        break
                    then = first
                return then

    def closure(self, states: Iterator[int] | tuple[int, ...]) -> frozenset[int]:
        """The reading (or final) states reached from `states` without a character."""
        found: set[int] = set()
        seen: set[int] = set()
        stack = list(states)
        while stack:
            state = stack.pop()
            if state in seen:
                continue
            seen.add(state)
            if self.reads[state] is None and self.nexts[state]:
                stack.extend(self.nexts[state])
            else:
                found.add(state)
        return frozenset(found)


def _lengths(node: _Node) -> tuple[int, int | None]:
    """How many characters fit it at least and at most; None for any number."""
    match node:
        case _Set():
            return 1, 1
        case _Repeat(part=part, low=low, high=high):
            least, longest = _lengths(part)
            if longest == 0 or high == 0:
                return 0, 0
            return least * low, None if longest is None or high is None else longest * high
        case _Choice(parts=parts):
            found = [_lengths(part) for part in parts]
            most = [high for _, high in found if high is not None]
            return min(low for low, _ in found), max(most) if len(most) == len(found) else None
        case _Sequence(parts=parts):
            found = [_lengths(part) for part in parts]
            most = [high for _, high in found if high is not None]
            return sum(low for low, _ in found), sum(most) if len(most) == len(found) else None


class Pattern:
    """A pattern about a whole text. Texts that fit have `shortest` to `longest` characters; None is any number."""

    __slots__ = ("_final", "_fold", "_machine", "_start", "_steps", "longest", "shortest", "source")

    def __init__(self, source: str, node: _Node, fold: bool) -> None:
        machine = _Machine()
        final = machine.state(None)
        start = machine.build(node, final)
        self.source = source
        self.shortest, self.longest = _lengths(node)
        self._machine = machine
        self._start = machine.closure((start,))
        self._final = final
        self._fold = fold
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    @staticmethod
    def compile(text: str) -> "Pattern":
        """Read a pattern. Raises PydanticCustomError `bad-pattern` or `slow-pattern`."""
        if len(text) > MAX_LENGTH:
            raise _error("slow-pattern", f"a pattern has at most {MAX_LENGTH} characters")
        if "\b" in text:
            raise _error("bad-pattern", "the pattern holds a backspace character: write r'...' around it")
        body, fold = (text[4:], True) if text.startswith("(?i)") else (text, False)
        body = body.removeprefix("^")
        if body.endswith("$") and (len(body) - len(body[:-1].rstrip("\\")) - 1) % 2 == 0:
            body = body[:-1]
        reader = _Reader(body)
        node = reader.choice()
        if reader.peek():
            raise reader.fail('a "(" is missing for this ")"')
        return Pattern(text, node, fold)

    def matches(self, text: str) -> bool:
        """Whether the whole of `text` fits; never for a text of more than `MAX_TEXT` characters."""
        if len(text) > MAX_TEXT:
            return False
        states = self._start
        for character in text:
            states = self._step(states, character)
            if not states:
                return False
        return self._final in states

    def found_in(self, text: str) -> bool:
        """Whether some part of `text` fits; of a long text only the first `MAX_SEARCHED` characters count."""
        states = self._start
        for character in text[:MAX_SEARCHED]:
            if self._final in states:
                return True
            states = self._step(states, character) | self._start
        return self._final in states

    def _step(self, states: frozenset[int], character: str) -> frozenset[int]:
        found = self._steps.get((states, character))
        if found is None:
            reads, nexts = self._machine.reads, self._machine.nexts
            forms = {character, character.lower(), character.upper()} if self._fold else {character}
            forms = {form for form in forms if len(form) == 1}
            found = self._machine.closure(
                tuple(
                    nexts[state][0]
                    for state in states
                    if (read := reads[state]) is not None
                    and (all if read.negated else any)(read.has(form) for form in forms)
                )
            )
            if len(self._steps) >= _CACHE:
                self._steps.clear()
            self._steps[states, character] = found
        return found
