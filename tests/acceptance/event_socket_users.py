"""Who is connected to the event socket of a switch, as the kernel knows it."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.switch_under_test import SwitchUnderTest

_ESTABLISHED = "01"


def users_of(switch: SwitchUnderTest) -> frozenset[int]:
    """The ports of the clients: the same set before and after means that nobody was thrown out and came back."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    pairs = [(int(row[1].rpartition(":")[2], 16), int(row[2].rpartition(":")[2], 16), row[3]) for row in rows]
    return frozenset(theirs for ours, theirs, state in pairs if ours == switch.esl_port and state == _ESTABLISHED)
