"""Which delivery of one endpoint may go next: in order per call, one at a time per call, a bounded number at once.

A lane is the deliveries of one call. Its first delivery goes alone; while that one waits to be tried again the lane
waits with it, and the other lanes go on. What left its lane for the slow schedule comes back by `add_late` when it is
due: it goes before the lane's next delivery, but never beside one. Three quarters of the slots are kept for first
attempts, so that a receiver that fails for some calls stays quick for the others.

Times are seconds of a clock that never steps back.
"""

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

from engine.webhooks.retry_schedule import Progress

CONCURRENCY = 8
"""Requests one endpoint gets at once, unless the installation says otherwise."""
RETRY_SHARE = 4
"""Every fourth slot, and at least one, may hold a retry."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Delivery(Generic[T]):
    """One event on its way to one endpoint. `item` is whatever its owner needs to send it."""

    id: str
    call: str
    """What it must keep its order with; events of no call each have a lane of their own: give their id."""
    item: T
    progress: Progress = field(default_factory=Progress)
    held_since: float | None = None
    """When it began to hold its lane: its first attempt there."""


@dataclass(slots=True, eq=False)
class _Lane(Generic[T]):
    waiting: deque[Delivery[T]] = field(default_factory=deque)
    late: deque[Delivery[T]] = field(default_factory=deque)
    flying: Delivery[T] | None = None
    came_late: bool = False
    """Whether what is in flight came from `late`, so that the wait of `waiting` is not its own."""
    not_before: float = 0.0
    """When the first of `waiting` may be tried again."""
    ticket: int = 0
    """The one entry among the ready and sleeping lanes that still counts."""


class Lanes(Generic[T]):
    """The deliveries of one endpoint that are not on the slow schedule."""

    def __init__(self, concurrency: int = CONCURRENCY) -> None:
        self._concurrency = concurrency
        self._most_retries = max(1, concurrency // RETRY_SHARE)
        self._lanes: dict[str, _Lane[T]] = {}
        self._fresh: deque[tuple[int, str]] = deque()
        self._again: deque[tuple[int, str]] = deque()
        self._asleep: list[tuple[float, int, str]] = []
        self._tickets = count(1)
        self._flying: dict[str, bool] = {}
        """Deliveries in flight, and whether each counts as a retry."""
        self._retries = 0
        self._retry_was_last = False
        self._waiting = 0

    def __len__(self) -> int:
        """Deliveries here, in flight or waiting."""
        return self._waiting + len(self._flying)

    @property
    def in_flight(self) -> int:
        """Deliveries being sent now."""
        return len(self._flying)

    def add(self, delivery: Delivery[T]) -> None:
        """Queue a delivery behind the others of its call."""
        lane = self._lane(delivery.call)
        lane.waiting.append(delivery)
        self._waiting += 1
        if lane.flying is None and len(lane.waiting) == 1 and not lane.late:
            self._line_up(delivery.call, lane, 0.0)

    def add_late(self, delivery: Delivery[T]) -> None:
        """Queue a delivery whose slow retry is due, before the others of its call."""
        lane = self._lane(delivery.call)
        lane.late.append(delivery)
        self._waiting += 1
        if lane.flying is None and len(lane.late) == 1:
            self._line_up(delivery.call, lane, 0.0)

    def take(self, now: float) -> Delivery[T] | None:
        """The delivery to send now, which is then in flight; None when none may go. Ends with one of the next three."""
        if len(self._flying) >= self._concurrency:
            return None
        self._wake(now)
        queues = (self._fresh, self._again) if self._retry_was_last else (self._again, self._fresh)
        for queue in queues:
            retry = queue is self._again
            if retry and self._retries >= self._most_retries:
                continue
            while queue:
                ticket, call = queue.popleft()
                lane = self._lanes.get(call)
                if lane is not None and lane.ticket == ticket:
                    return self._send(lane, retry, now)
        return None

    def done(self, delivery: Delivery[T], now: float) -> None:
        """It left: delivered, given up, or moved to the slow schedule. Its lane goes on."""
        lane = self._land(delivery)
        if not lane.came_late:
            lane.not_before = 0.0
        delivery.held_since = None
        self._go_on(delivery.call, lane, now)

    def again(self, delivery: Delivery[T], wait: float, now: float) -> None:
        """It is to be tried again in `wait` seconds, at the head of its lane."""
        lane = self._land(delivery)
        self._waiting += 1
        if lane.came_late:
            lane.late.appendleft(delivery)
        else:
            lane.waiting.appendleft(delivery)
            lane.not_before = now + wait
        self._go_on(delivery.call, lane, now)

    def excuse(self, seconds: float, now: float) -> None:
        """The last `seconds`, in which nothing was sent, do not count as holding a lane."""
        for lane in self._lanes.values():
            for delivery in (lane.flying, lane.waiting[0] if lane.waiting else None):
                if delivery is not None and delivery.held_since is not None:
                    delivery.held_since = min(delivery.held_since + seconds, now)

    def wakes_at(self, now: float) -> float | None:
        """When `take` may next give something it does not give now, other than by a change; None when never."""
        self._wake(now)
        while self._asleep:
            due, ticket, call = self._asleep[0]
            lane = self._lanes.get(call)
            if lane is not None and lane.ticket == ticket:
                return due
            heappop(self._asleep)
        return None

    def _lane(self, call: str) -> _Lane[T]:
        lane = self._lanes.get(call)
        if lane is None:
            lane = self._lanes[call] = _Lane()
        return lane

    def _send(self, lane: _Lane[T], retry: bool, now: float) -> Delivery[T]:
        lane.came_late = bool(lane.late)
        delivery = (lane.late or lane.waiting).popleft()
        lane.flying = delivery
        lane.ticket = 0
        if delivery.held_since is None and not lane.came_late:
            delivery.held_since = now
        self._waiting -= 1
        self._flying[delivery.id] = retry
        self._retries += retry
        self._retry_was_last = retry
        return delivery

    def _land(self, delivery: Delivery[T]) -> _Lane[T]:
        lane = self._lanes[delivery.call]
        assert lane.flying is delivery
        lane.flying = None
        self._retries -= self._flying.pop(delivery.id)
        return lane

    def _go_on(self, call: str, lane: _Lane[T], now: float) -> None:
        if lane.late or lane.waiting:
            self._line_up(call, lane, 0.0 if lane.late else lane.not_before if lane.not_before > now else 0.0)
        else:
            del self._lanes[call]

    def _line_up(self, call: str, lane: _Lane[T], due: float) -> None:
        """Put a lane where its next delivery will be found. Its former place, if it has one, no longer counts."""
        lane.ticket = next(self._tickets)
        if due:
            heappush(self._asleep, (due, lane.ticket, call))
            return
        head = lane.late[0] if lane.late else lane.waiting[0]
        (self._again if head.progress.attempts else self._fresh).append((lane.ticket, call))

    def _wake(self, now: float) -> None:
        while self._asleep and self._asleep[0][0] <= now:
            _, ticket, call = heappop(self._asleep)
            lane = self._lanes.get(call)
            if lane is not None and lane.ticket == ticket:
                self._line_up(call, lane, 0.0)
