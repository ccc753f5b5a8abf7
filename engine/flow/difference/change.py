"""One difference between two versions, with the differences within it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from engine.flow.difference.plain import comparable, shown

Sort = Literal["added", "removed", "changed"]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """What was added, removed or changed. `where` is `file:line`, in the version that has it, the newer if both do."""

    sort: Sort
    what: str
    before: str = ""
    after: str = ""
    where: str = ""
    parts: tuple["Change", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """It, for programs."""
        found: dict[str, Any] = {"change": self.sort, "what": self.what}
        found |= {name: getattr(self, name) for name in ("before", "after", "where") if getattr(self, name)}
        return found | ({"parts": [part.as_json() for part in self.parts]} if self.parts else {})


def within(what: str, parts: Iterable[Change], where: str = "") -> Iterator[Change]:
    """The differences in something that both versions have; nothing when there are none."""
    found = tuple(parts)
    if found:
        yield Change("changed", what, where=where, parts=found)


def values_differ(before: Any, after: Any, what: str = "") -> Iterator[Change]:
    """The differences of two plain values: of maps, those of each key, named with the keys above it."""
    if comparable(before) == comparable(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            name = f"{what}.{key}" if what else str(key)
            old, new = before.get(key, _ABSENT), after.get(key, _ABSENT)
            if old is _ABSENT:
                yield Change("added", name, after=shown(new))
            elif new is _ABSENT:
                yield Change("removed", name, before=shown(old))
            else:
                yield from values_differ(old, new, name)
        return
    yield Change("changed", what, shown(before), shown(after))
