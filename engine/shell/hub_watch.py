"""The hub watch: says who held up every call, with the stack, when one greenlet kept the hub for too long.

Two loop callbacks note when the hub leaves its wait for events and when it goes back, which costs nothing while the
hub sleeps. A native thread looks at the note and, when it is too old, takes the stack of the main thread: the very
line that holds on. A block too short for the thread to see is still counted, without a stack.
"""

import sys
import time
import traceback
from collections.abc import Callable
from types import FrameType

import gevent
import gevent.event
from gevent.monkey import get_original
from gevent.threadpool import ThreadPool

LIMIT = 0.05
"""Seconds one greenlet may keep the hub."""
IDLE_LOOK = 0.1
DEEPEST = 30
"""Frames shown, counted from the culprit outwards."""

Report = Callable[[float, str], None]
"""Called in the hub's thread after a block, with its seconds and its stack (empty when it was too short to catch)."""


class HubWatch:
    """Watches the hub of the thread it is started in."""

    def __init__(self, report: Report, limit: float = LIMIT) -> None:
        self._report = report
        self._limit = limit
        self._busy_since = 0.0
        self._rounds = 0
        self._stack = ""
        self._thread = 0
        self._running = False
        self._pool = ThreadPool(1)
        self._looking: gevent.event.AsyncResult[None] | None = None
        loop = gevent.get_hub().loop
        self._woken = loop.check(ref=False)
        self._sleeping = loop.prepare(ref=False)
        for watcher, priority in ((self._woken, "MAXPRI"), (self._sleeping, "MINPRI")):
            # woken: before whatever the events wake; sleeping: after gevent's own callback, which runs the greenlets
            setattr(watcher, "priority", getattr(loop, priority))  # noqa: B010  (libev's; gevent's types omit it)

    def start(self) -> None:
        """Begin to watch."""
        self._thread = get_original("_thread", "get_ident")()
        self._running = True
        self._woken.start(self._wake)
        self._sleeping.start(self._sleep)
        self._looking = self._pool.spawn(self._look)

    def stop(self) -> None:
        """Stop watching; returns when the thread is gone."""
        if self._looking is None:
            return
        self._running = False
        self._woken.stop()
        self._sleeping.stop()
        self._looking.get()
        self._looking = None
        self._woken.close()
        self._sleeping.close()

    def _wake(self) -> None:
        self._rounds += 1
        self._busy_since = time.monotonic()

    def _sleep(self) -> None:
        since, self._busy_since = self._busy_since, 0.0
        stack, self._stack = self._stack, ""
        if since and (held := time.monotonic() - since) > self._limit:
            gevent.spawn(self._report, held, stack)

    def _look(self) -> None:
        """The native thread: looks often while the hub works and seldom while it sleeps."""
        pause = get_original("time", "sleep")
        seen = -1
        while self._running:
            since, rounds = self._busy_since, self._rounds
            pause(IDLE_LOOK if not since and rounds == seen else self._limit / 2)
            seen = rounds
            since = self._busy_since
            if since and time.monotonic() - since > self._limit and not self._stack:
                frame = sys._current_frames().get(self._thread)
                self._stack = _told(frame) if frame is not None else ""


def _told(frame: FrameType) -> str:
    return "".join(traceback.format_stack(frame)[-DEEPEST:])
