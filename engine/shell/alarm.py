"""The timers of all calls: one greenlet sleeps until the first is due.

A call waits for keys and answers hundreds of times; a timer object for each wait would cost more than the wait. Here a
timer is an entry in a heap. One that is cancelled lets go of its call at once and stays in the heap as an empty place,
until it is due or empty places are most of the heap.
"""

import time
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count

import gevent
from gevent.event import Event

FEW = 64
"""Empty places that are never worth a tidying."""


class Appointment:
    """One time somebody wants to be woken at: `due`, in seconds since 1970."""

    __slots__ = ("due", "wake")

    def __init__(self, due: float, wake: Callable[[], None]) -> None:
        self.due = due
        self.wake: Callable[[], None] | None = wake


class Alarm:
    """Calls back at given times. Times are seconds since 1970."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Appointment]] = []
        self._empty = 0
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
        self._empty = 0

    def at(self, due: float, wake: Callable[[], None]) -> Appointment:
        """Call `wake` at that time or a little later; it must not wait."""
        appointment = Appointment(due, wake)
        heappush(self._due, (due, next(self._order), appointment))
        if due < self._next:
            self._sooner.set()
        return appointment

    def cancel(self, appointment: Appointment) -> None:
        """Do not call back; one that was called back, or cancelled before, is left as it is."""
        if appointment.wake is None:
            return
        appointment.wake = None
        self._empty += 1
        if self._empty > FEW and self._empty * 2 > len(self._due):
            self._due = [entry for entry in self._due if entry[2].wake is not None]
            heapify(self._due)
            self._empty = 0

    def __len__(self) -> int:
        """How many are still wanted."""
        return len(self._due) - self._empty

    def _watch(self) -> None:
        while True:
            now = time.time()
            while self._due and self._due[0][0] <= now:
                self._ring(heappop(self._due)[2])
            self._next = self._due[0][0] if self._due else float("inf")
            self._sooner.clear()
            self._sooner.wait(None if not self._due else max(0.0, self._next - time.time()))

    def _ring(self, appointment: Appointment) -> None:
        wake, appointment.wake = appointment.wake, None
        if wake is None:
            self._empty -= 1
        else:
            wake()
