"""The part of a list a page shows, with the ways to the newer and the older part."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

FARTHEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """`limit` things from `offset` on, of `total`; addresses are None where there is nothing more."""

    path: str
    limit: int
    offset: int
    total: int
    query: tuple[tuple[str, str], ...] = ()
    name: str = "offset"
    """Of the offset in the address, where a page shows more than one list."""

    @property
    def first(self) -> int:
        """The number of the first thing shown, counted from 1."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """The number of the last thing shown."""
        return min(self.offset + self.limit, self.total)

    @property
    def newer(self) -> str | None:
        """Where the part before this one is."""
        return self._at(max(0, min(self.offset, self.total) - self.limit)) if self.offset else None

    @property
    def older(self) -> str | None:
        """Where the part after this one is."""
        return self._at(self.offset + self.limit) if self.offset + self.limit < self.total else None

    def _at(self, offset: int) -> str:
        return f"{self.path}?{urlencode([*self.query, (self.name, offset)])}"


def asked_offset(name: str = "offset") -> int:
    """The offset in this request's address; 0 for anything that is none."""
    text = request.args.get(name, "")
    return min(int(text), FARTHEST) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
