"""The line of a file that a finding is about, with what to underline in it, for a terminal of any width."""

import re
import unicodedata
from dataclasses import dataclass

WIDTH = 100
"""Characters of a line that are shown."""
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_WORD = re.compile(r"[^\s,\[\]{}]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line as it is shown; `before` and `length` are in the cells of a terminal: where to underline, how much."""

    line: str
    before: int
    length: int

    @property
    def mark(self) -> str:
        """What to write under the line."""
        return " " * self.before + "^" + "~" * (self.length - 1)


def lines_of(text: str) -> list[str]:
    """The lines of a file, broken where YAML breaks them (https://yaml.org/spec/1.2.2/#54-line-break-characters)."""
    return _BREAK.split(text)


def excerpt(line: str, column: int, width: int = WIDTH) -> Excerpt:
    """The part of a line around a column, counted from 1, with nothing in it that a terminal would act on."""
    at = min(max(column - 1, 0), len(line))
    found = _QUOTED.match(line, at) or _WORD.match(line, at)
    end = found.end() if found else at + 1
    if found and line[end - 1 : end] == ":" and end - 1 > at:
        end -= 1  # the colon after a key is not part of it
    start = max(0, min(at - width // 2, len(line) - width))
    stop = start + width
    before, marked = line[start:at], line[at : min(end, stop)]
    ahead = "…" if start else ""
    shown = ahead + _plain(line[start:stop].rstrip()) + ("…" if stop < len(line) else "")
    return Excerpt(shown, _cells(ahead + _plain(before)), max(_cells(_plain(marked)), 1))


def _plain(text: str) -> str:
    return "".join(
        each if each.isprintable() else " " if each == "\t" else "\N{REPLACEMENT CHARACTER}" for each in text
    )  # fmt: skip


def _cells(text: str) -> int:
    """The cells a text takes: wide characters two, those that sit on the one before them none."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
