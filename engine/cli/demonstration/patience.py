"""Waiting for something that has to happen, but not for ever."""

import time
from collections.abc import Callable

import gevent

LOOK_EVERY = 0.02


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds; False when it still does not after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        gevent.sleep(LOOK_EVERY)
    return True
