"""A picture of flows, in no format yet: boxes with rows, and what leads from each row to another box."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["way", "choice", "miss", "error", "call"]
"""Why a call goes somewhere: the flow says so, the caller chose, nothing good came, an error, another flow is run."""


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a row. `words` name where it leads; `to` is the box there, empty for what is no box.

    `note` says what is done on the way. An `end` is a way out of the flow or the call.
    """

    label: str
    words: str
    to: str = ""
    way: Way = "way"
    note: str = ""
    end: bool = False
    ran: bool | None = None
    """Whether tests went this way, if that is shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step: its kind, what it says or does, and its ways out. `ran` is whether tests ran it, if that is shown."""

    word: str
    text: str = ""
    exits: tuple[Exit, ...] = ()
    end: bool = False
    """Whether the call or the flow ends here."""
    ran: bool | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A block, the steps of a branch, or a flow. `heat` from 0 to 1 shades it; `badge` is the number beside its title.

    `roles` are how a call gets here other than from a box.
    """

    id: str
    title: str
    rows: tuple[Row, ...] = ()
    sort: Literal["block", "branch", "flow", "elsewhere"] = "block"
    roles: tuple[str, ...] = ()
    heat: float | None = None
    badge: str = ""

    @property
    def is_end(self) -> bool:
        """Whether nothing leads on from here."""
        exits = [way for row in self.rows for way in row.exits if way.way != "call"]
        return self.sort == "block" and not any(way.to or not way.end for way in exits)


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes that belong together, as those of one flow."""

    title: str
    boxes: tuple[Box, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole. `shows` is what the shades mean, if there are any."""

    title: str
    note: str = ""
    groups: tuple[Group, ...] = field(default=())
    shows: Literal["", "calls", "coverage"] = ""

    @property
    def boxes(self) -> Iterator[Box]:
        """Every box."""
        return (box for group in self.groups for box in group.boxes)
