"""What was written to Redis lately, kept so that a Redis that forgot it can be told again.

A replica that becomes master may lack what the old master had just confirmed, and a Redis that starts again after a
power failure lacks its last second. Nobody says so; only the identity of the Redis changes. Writes carry their
positions and change nothing when they are repeated, so everything here is sent again, in order, before anything new.
When exactly the change happened cannot be known from outside: an old master may have confirmed writes long after its
successor was chosen. That is why all that is kept is sent, and not only the last seconds.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence

MAX_AGE = 900.0
"""Seconds a write is kept at most: far below the time Redis remembers the positions of a closed call."""


class RecentWrites:
    """The newest writes, bounded by age and bytes; adding one costs the same whatever is kept."""

    __slots__ = ("_max_bytes", "_writes", "bytes")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._writes: deque[tuple[float, int, Sequence[bytes]]] = deque()
        self.bytes = 0
        """Bytes kept now."""

    def __len__(self) -> int:
        return len(self._writes)

    def keep(self, sent: Sequence[bytes]) -> None:
        """Remember a confirmed write as it went over the wire."""
        now, writes = time.monotonic(), self._writes
        size = len(sent[0]) if len(sent) == 1 else sum(map(len, sent))
        writes.append((now, size, sent))
        self.bytes += size
        while self.bytes > self._max_bytes or (writes and writes[0][0] < now - MAX_AGE):
            self.bytes -= writes.popleft()[1]

    def since(self, age: float = MAX_AGE) -> Iterator[Sequence[bytes]]:
        """What was written in the last `age` seconds, oldest first."""
        first = time.monotonic() - age
        return (sent for at, _, sent in self._writes if at >= first)
