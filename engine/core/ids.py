"""Names of things. Each is text on the wire and a type of its own in the program."""

from typing import NewType
from uuid import UUID, uuid5

CallId = NewType("CallId", str)
"""One call, from its first leg to its last hang-up. It is the id of its first leg."""

LegId = NewType("LegId", str)
"""One party's line in one call: the switch's channel uuid."""

AskId = NewType("AskId", int)
"""The number of an ask within its call: 1, 2, 3 ... The same call replayed gives the same numbers."""

_LEGS = UUID("6f0f2f0e-6a0f-5a53-9f5b-51e7f4b8a8c1")


def new_leg_id(call: CallId, number: int) -> LegId:
    """The id of the `number`-th leg this call dials; a replayed call dials legs of the same ids.

    A switch refuses a second leg of the same id, so a dial repeated after a crash cannot ring a phone twice.
    """
    return LegId(str(uuid5(_LEGS, f"{call}/{number}")))


def ask_label(call: CallId, ask: AskId) -> str:
    """How an ask is labelled on the wire, so that its completion names it: `<call>:<number>`."""
    return f"{call}:{ask}"


def parse_ask_label(label: str) -> tuple[CallId, AskId] | None:
    """The call and ask number of a label made by `ask_label`, or None for anybody else's."""
    call, colon, number = label.rpartition(":")
    if not colon or not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    return CallId(call), AskId(int(number))
