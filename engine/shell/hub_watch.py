"""The hub watch: says who held up every call, with the stack, when one greenlet kept the hub for too long.

A native thread looks forty times a second whether the event loop has come round since it last looked. If it has not,
and the loop is not just asleep, the frame the main thread is in is the very line that holds on. The loop itself is not
touched: watching costs the calls nothing. A block inside C that keeps the interpreter stops this thread too; it knows
by its own delay, and tells it without a stack.
"""

import sys
import time
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

import gevent
import gevent.event
import gevent.hub
from gevent.monkey import get_original
from gevent.threadpool import ThreadPool

LIMIT = 0.05
"""Seconds one greenlet may keep the hub."""
DEEPEST = 30
"""Frames shown, counted from the culprit outwards."""
_HUB_FILE = gevent.hub.__file__

Report = Callable[[float, str], None]
"""Called in a greenlet after a block, with its seconds and its stack (empty when nobody could look)."""


class HubWatch:
    """Watches the hub of the thread it is started in."""

    def __init__(self, report: Report, limit: float = LIMIT) -> None:
        self._report = report
        self._limit = limit
        self._thread = 0
        self._running = False
        self._pool = ThreadPool(1)
        self._looking: gevent.event.AsyncResult[None] | None = None
        self._loop: Any = gevent.get_hub().loop

    def start(self) -> None:
        """Begin to watch."""
        self._thread = get_original("_thread", "get_ident")()
        self._running = True
        self._looking = self._pool.spawn(self._look)

    def stop(self) -> None:
        """Stop watching; returns when the thread is gone."""
        if self._looking is None:
            return
        self._running = False
        self._looking.get()
        self._looking = None

    def _look(self) -> None:
        """The native thread."""
        sleep = get_original("time", "sleep")
        pause = self._limit / 2
        looked = fine = time.monotonic()
        seen, stack = -1, ""
        while self._running:
            sleep(pause)
            now = time.monotonic()
            late = now - looked - pause
            round_ = self._loop.iteration
            frame = sys._current_frames().get(self._thread)
            asleep = frame is None or _asleep(frame)
            if asleep or round_ != seen:
                if stack:
                    self._tell(now - fine, stack)
                elif late > self._limit:
                    self._tell(now - looked, "")
                # Who runs now may have begun right after the last look.
                fine, stack = now if asleep else looked, ""
            elif now - fine > self._limit + pause and not stack and frame is not None:
                stack = "".join(traceback.format_stack(frame)[-DEEPEST:])
            seen, looked = round_, now

    def _tell(self, seconds: float, stack: str) -> None:
        self._loop.run_callback_threadsafe(gevent.spawn, self._report, seconds, stack)


def _asleep(frame: FrameType) -> bool:
    """Whether the thread's innermost frame is the hub's own, which waits for events."""
    return frame.f_code.co_name == "run" and frame.f_code.co_filename == _HUB_FILE
