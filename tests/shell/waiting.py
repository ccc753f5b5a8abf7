"""Waiting for a condition, with a deadline, instead of sleeping and hoping."""

from collections.abc import Callable
from typing import TypeVar

import gevent

T = TypeVar("T")


def eventually(condition: Callable[[], T], what: str = "", timeout: float = 10.0) -> T:
    """The first true value of `condition`. Raises AssertionError when it does not become true in time."""
    with gevent.Timeout(timeout, False):
        while not (value := condition()):
            gevent.sleep(0.002)
        return value
    raise AssertionError(f"not in {timeout:g} s: {what or condition}")
