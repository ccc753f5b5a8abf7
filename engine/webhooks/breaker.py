"""A breaker: an endpoint that fails again and again is left alone for a while, then probed with one request.

Times are seconds of a clock that never steps back. While it is open nothing is sent, so no attempts are used up.
"""

from collections import deque
from typing import Literal

IN_A_ROW = 10
"""Failures one after the other that open it."""
WINDOW = 60.0
LEAST_IN_WINDOW = 20
SHARE = 0.5
"""It also opens when this share of at least twenty attempts within a minute failed."""
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 600.0

State = Literal["closed", "open", "half_open"]


class Breaker:
    """The breaker of one endpoint. Ask `may_try`, say `began`, then `succeeded` or `failed`, always with the time."""

    __slots__ = ("_buckets", "_in_a_row", "_open_until", "_opened", "_pause", "_probing")

    def __init__(self) -> None:
        self._close()

    def _close(self) -> None:
        self._in_a_row = 0
        self._buckets: deque[list[float]] = deque()  # second, attempts, failures
        self._pause = FIRST_PAUSE
        self._opened: float | None = None
        self._open_until = 0.0
        self._probing = False

    def state(self, now: float) -> State:
        """`closed`, `open`, or `half_open` when one probe may go or is on its way."""
        if self._opened is None:
            return "closed"
        return "half_open" if self._probing or now >= self._open_until else "open"

    def may_try(self, now: float) -> bool:
        """Whether a request may be sent now."""
        return self._opened is None or (not self._probing and now >= self._open_until)

    @property
    def tries_again_at(self) -> float | None:
        """When the next probe may go; None when it is closed or a probe is on its way."""
        return None if self._opened is None or self._probing else self._open_until

    def began(self, now: float) -> bool:
        """A request goes out. Whether it is a probe, whose failure costs its event nothing."""
        if self._opened is None:
            return False
        assert self.may_try(now)
        self._probing = True
        return True

    def succeeded(self, now: float, probe: bool = False) -> float:
        """The endpoint answered. How many seconds the breaker had been open when this closed it, else 0."""
        if self._opened is None:
            self._in_a_row = 0
            self._count(now, failed=False)
            return 0.0
        if not probe:
            return 0.0  # sent before it opened; the probe decides
        paused = now - self._opened
        self._close()
        return max(0.0, paused)

    def failed(self, now: float, probe: bool = False) -> None:
        """The endpoint did not answer, or asked to be left alone."""
        if probe:
            self._probing = False
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._open_until = now + self._pause
        elif self._opened is None:
            self._in_a_row += 1
            self._count(now, failed=True)
            if self._in_a_row >= IN_A_ROW or self._mostly_failing():
                self.open(now)

    def open(self, now: float) -> None:
        """Leave the endpoint alone from now on, unless it is already."""
        if self._opened is None:
            self._opened = now
            self._open_until = now + self._pause

    def _count(self, now: float, failed: bool) -> None:
        second = now // 1
        while self._buckets and self._buckets[0][0] <= second - WINDOW:
            self._buckets.popleft()
        if not self._buckets or self._buckets[-1][0] < second:
            self._buckets.append([second, 0, 0])
        self._buckets[-1][1] += 1
        self._buckets[-1][2] += failed

    def _mostly_failing(self) -> bool:
        attempts = sum(bucket[1] for bucket in self._buckets)
        return attempts >= LEAST_IN_WINDOW and sum(bucket[2] for bucket in self._buckets) >= SHARE * attempts
