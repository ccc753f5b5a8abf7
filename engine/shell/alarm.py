"""The timers of all calls: one greenlet sleeps until the first is due.

A call waits for keys and answers hundreds of times; a timer object for each wait would cost more than the wait. Here a
timer is an entry in a heap. A call that no longer wants it just does not act on it.
"""

import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

import gevent
from gevent.event import Event


class Alarm:
    """Calls back at given times. Times are seconds since 1970."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._sooner = Event()
        self._next = float("inf")
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Begin to watch the time."""
        self._greenlet = gevent.spawn(self._watch)

    def stop(self) -> None:
        """Stop; what is not yet due is forgotten."""
        if self._greenlet is not None:
            self._greenlet.kill()
        self._due.clear()

    def at(self, due: float, wake: Callable[[], None]) -> None:
        """Call `wake` at that time or a little later; it must not wait."""
        heappush(self._due, (due, next(self._order), wake))
        if due < self._next:
            self._sooner.set()

    def __len__(self) -> int:
        return len(self._due)

    def _watch(self) -> None:
        while True:
            now = time.time()
            while self._due and self._due[0][0] <= now:
                heappop(self._due)[2]()
            self._next = self._due[0][0] if self._due else float("inf")
            self._sooner.clear()
            self._sooner.wait(None if not self._due else max(0.0, self._next - time.time()))
