"""The detour by the disk: what becomes of turns while Redis is away, slow, or still being told what it missed.

While the detour is open, turns go from the queue into the outbox, and a call that waits for its turn goes on as soon as
it is there: whoever comes after a crash finds it. Once Redis is back, the outbox is drained, oldest first; shortly
before it is empty new turns are held in the queue, and when it is empty the detour closes and they go to Redis
directly. So each call's turns reach Redis in their order, whatever happens in between.

A disk that is full or fails ends neither the engine nor a call. Turns then wait in memory up to a bound; beyond it the
oldest of them are given up, counted and told.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import Generic, Protocol, TypeVar

import gevent
import structlog
from gevent.event import AsyncResult, Event

from engine.core.events import CallEvent
from engine.shell.drain import Drain
from engine.shell.losses import Loss
from engine.shell.outbox import MOST_BYTES, MOST_ROWS, Outbox, Value, pack
from engine.shell.outbox_file import OutboxError

log = structlog.get_logger("outbox")

AT_ONCE = 128
"""Most turns of one append: one sync of the disk for all of them."""
RETRY_DELAY = 0.5
MOST_IN_MEMORY = 64 << 20
"""Bytes of turns, about, that wait in memory while the disk takes none."""


class Turn(Protocol):
    """What the detour has to know of a commit."""

    signals: list[bytes]
    events: list[CallEvent]
    written: "AsyncResult[bool] | None"

    def values(self) -> list[Value]:
        """It, as the script that writes it takes it."""


T = TypeVar("T", bound=Turn)


class Detour(Generic[T]):
    """The way past an absent Redis. `queue` holds the turns not yet written; `wake` is set when one is added to it.

    `tell` writes to Redis which events were given up; it may raise redis.RedisError.
    """

    def __init__(
        self, outbox: Outbox, drain: Drain, queue: deque[T], wake: Event, tell: Callable[[Iterable[Loss]], None]
    ) -> None:
        self._outbox = outbox
        self._drain = drain
        self._tell = tell
        self._queue = queue
        self._wake = wake
        self.open = False
        """Whether turns go by the disk. Only then this takes them out of the queue."""
        self.closed = Event()
        self.closed.set()
        self.failing = ""
        """Why the disk takes no turns now."""
        self.slow = False
        """Set by who waited in vain for the disk; it is quick again once it has taken something."""
        self.lost = 0
        """Events given up since the start."""
        self._losses: dict[str, Loss] = {}
        self._in_flight = 0
        self._at_once = AT_ONCE
        self._held = False
        self._go = Event()
        self._settled = Event()
        self._settled.set()
        self._weights: deque[int] = deque()
        self._weight = 0
        self._keeper: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Begin; what dead processes left is drained before anything else is written."""
        self.adopt()
        self._keeper = gevent.spawn(self._keep_for_ever)

    def stop(self, timeout: float) -> None:
        """Keep what is still queued, as long as the disk takes it, and let go of the files."""
        if self._queue and self._keeper is not None:
            self.begin(len(self._queue))
            deadline = time.monotonic() + timeout
            while self._queue and not self.failing and time.monotonic() < deadline:
                gevent.sleep(0.01)
        if self._queue:
            log.error("turns could be kept nowhere", turns=len(self._queue), error=self.failing)
        if self._keeper is not None:
            self._keeper.kill()
        self._outbox.close()

    def adopt(self) -> None:
        """Drain also what processes left that died meanwhile."""
        if self._outbox.adopt():
            self.begin(0)

    def begin(self, in_flight: int) -> None:
        """Go by the disk from now on; the first `in_flight` turns of the queue may have been written nevertheless."""
        self._held = False
        if not self.open:
            self.open = True
            self.closed.clear()
            self._in_flight = in_flight
        self._go.set()
        self._wake.set()

    @property
    def keeps(self) -> bool:
        """Whether it is worth waiting for the disk to take a turn."""
        return not (self.failing or self.slow)

    def wait_closed(self, patience: float) -> bool:
        """Wait until everything on the disk is in Redis; False once it has not become less for so many seconds."""
        left = self._outbox.rows
        while not self.closed.wait(patience):
            if self._outbox.rows >= left:
                return False
            left = self._outbox.rows
        return True

    # From the disk to Redis, in the greenlet that writes

    def step(self) -> None:
        """Write one batch, or close when there is none. Raises redis.RedisError; `begin` must be called then."""
        try:
            some = self._drain.step()
        except OutboxError as error:
            log.error("the outbox cannot be read", error=str(error))
            gevent.sleep(RETRY_DELAY)
            return
        if some and (self._outbox.rows > MOST_ROWS or self._outbox.size > 4 * MOST_BYTES):
            return
        if not self._held:
            self._held = True
            self._settled.wait()
        elif not some:
            self._close()

    def _close(self) -> None:
        if self._losses:
            self._tell(self._losses.values())
            self._losses.clear()
        self.open = self._held = self.slow = False
        self.failing = ""
        self._forget_weights()
        self.closed.set()
        self._wake.set()

    # From the queue to the disk

    def _keep_for_ever(self) -> None:
        while True:
            if not self.open or self._held:
                self._go.clear()
                self._go.wait()
            elif not self._queue:
                self._wake.clear()
                self._wake.wait()
            else:
                self._settled.clear()
                error = self._keep()
                self._settled.set()
                if error is None:
                    self._at_once = min(AT_ONCE, self._at_once * 2)
                elif self._at_once > 1:
                    self._at_once //= 2  # fewer may still have room
                else:
                    self._keep_in_memory(error)
                    gevent.sleep(RETRY_DELAY)

    def _keep(self) -> Exception | None:
        """Move the oldest turns of the queue to the disk; why that was not possible."""
        queue = self._queue
        turns = [queue[place] for place in range(min(self._at_once, len(queue)))]
        try:
            self._outbox.keep([pack(turn.values()) for turn in turns], min(self._in_flight, len(turns)))
        except Exception as error:  # noqa: BLE001 - whatever it was, calls go on and turns wait in memory
            return error
        for turn in turns:
            queue.popleft()
            if turn.written is not None:
                turn.written.set(True)
        self._in_flight = max(0, self._in_flight - len(turns))
        self.slow = False
        if self.failing:
            log.info("the outbox takes turns again", in_memory=len(queue))
            self.failing = ""
            self._forget_weights()
        return None

    def _keep_in_memory(self, error: Exception) -> None:
        if not self.failing:
            log.error("the outbox takes no turns, they wait in memory", error=str(error), turns=len(self._queue))
        self.failing = str(error) or type(error).__name__
        for turn in self._queue:
            if turn.written is not None:
                turn.written.set(False)
                turn.written = None
        self._make_room()

    def _make_room(self) -> None:
        """Give up the oldest turns in memory as long as all of them are too much."""
        queue, weights = self._queue, self._weights
        for turn in islice(queue, len(weights), None):
            weights.append(400 + sum(map(len, turn.signals)) + 400 * len(turn.events))
            self._weight += weights[-1]
        before = self.lost
        while self._weight > MOST_IN_MEMORY and queue:
            self._weight -= weights.popleft()
            self._in_flight = max(0, self._in_flight - 1)
            self._give_up(queue.popleft())
        if self.lost > before:
            log.error(
                "events are lost: neither Redis nor the disk takes them", events=self.lost - before, all=self.lost
            )

    def _give_up(self, turn: T) -> None:
        for event in turn.events:
            self.lost += 1
            known = self._losses.get(event.tenant)
            if known is None:
                known = Loss(time.time(), "outbox", event.tenant, 0, event.id, event.id, self.failing)
            self._losses[event.tenant] = replace(known, events=known.events + 1, last=event.id)

    def _forget_weights(self) -> None:
        self._weights.clear()
        self._weight = 0
