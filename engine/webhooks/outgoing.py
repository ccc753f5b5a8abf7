"""Everything that decides what one endpoint is sent next: its lanes, its breaker, its retry schedule.

Times are seconds of a clock that never steps back. Whoever sends asks `take`, sends, and says what came of it with
`finish`; `wakes_at` says how long there is nothing to do.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.webhooks.attempt import Attempt
from engine.webhooks.breaker import Breaker
from engine.webhooks.lanes import CONCURRENCY, Delivery, Lanes
from engine.webhooks.retry_schedule import Done, GiveUp, Next, Progress, RetryInLane, RetryLater, RetryPolicy, next_step

FREE_PROBES = 432
"""Failed probes that cost an event nothing: three days of them, ten minutes apart. An event that makes its receiver
fail is then given up before it keeps a breaker open for so long that the endpoint is disabled."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Sending(Generic[T]):
    """One delivery in flight."""

    delivery: Delivery[T]
    probe: bool

    @property
    def number(self) -> int:
        """Which attempt of its event this is, from 1."""
        return self.delivery.progress.attempts + 1


class Outgoing(Generic[T]):
    """What one endpoint is sent, in which order."""

    def __init__(self, policy: RetryPolicy, concurrency: int = CONCURRENCY) -> None:
        self.policy = policy
        """May be replaced at any time."""
        self.breaker = Breaker()
        self._lanes: Lanes[T] = Lanes(concurrency)

    def __len__(self) -> int:
        """Deliveries here, in flight or waiting."""
        return len(self._lanes)

    @property
    def in_flight(self) -> int:
        """Requests on their way."""
        return self._lanes.in_flight

    def add(self, delivery: Delivery[T]) -> None:
        """Queue a delivery behind the others of its call; one that is parked goes before them, as its retry is due."""
        if delivery.progress.parked:
            self._lanes.add_late(delivery)
        else:
            self._lanes.add(delivery)

    def take(self, now: float) -> Sending[T] | None:
        """What to send now; None when nothing may go."""
        if not self.breaker.may_try(now):
            return None
        delivery = self._lanes.take(now)
        if delivery is None:
            return None
        return Sending(delivery, self.breaker.began(now))

    def finish(self, sending: Sending[T], attempt: Attempt, now: float, chance: float) -> Next:
        """What follows an attempt. The delivery's `progress` is what to remember of it.

        After `RetryInLane` the delivery is still here. After `Done`, `RetryLater` and `GiveUp` it is not: keep it for
        its slow retry, or with the dead letters. `chance` is a number from 0 to 1.
        """
        delivery = sending.delivery
        if attempt.reached:
            self._lanes.excuse(self.breaker.succeeded(now, sending.probe), now)
        else:
            self.breaker.failed(now, sending.probe)
            if sending.probe and self.policy.enabled and _probes(delivery.progress) < FREE_PROBES:
                return self._spare(delivery, now)
        held = now - delivery.held_since if delivery.held_since is not None else 0.0
        step, progress = next_step(self.policy, delivery.progress, attempt, held, chance)
        if isinstance(step, RetryLater | GiveUp) and self._nobody_there(delivery.progress, attempt):
            self.breaker.open(now)
            return self._spare(delivery, now)
        delivery.progress = progress
        if isinstance(step, RetryInLane):
            self._lanes.again(delivery, step.wait, now)
        else:
            self._lanes.done(delivery, now)
        return step

    def give_back(self, sending: Sending[T], now: float) -> None:
        """It was not sent after all, or nobody knows: it is sent again, at no cost."""
        if sending.probe:
            self.breaker.failed(now, probe=True)
        self._lanes.again(sending.delivery, 0.0, now)

    def wakes_at(self, now: float) -> float | None:
        """When `take` may give something without any change before; None when only a change can bring something."""
        probe = self.breaker.tries_again_at
        if probe is not None and probe > now:
            return probe if len(self._lanes) > self._lanes.in_flight else None
        return self._lanes.wakes_at(now)

    def _nobody_there(self, progress: Progress, attempt: Attempt) -> bool:
        """Whether an event is about to leave its lane for an endpoint that is away: with few calls it fails too seldom
        for the breaker to have noticed, and would be overtaken."""
        free = self.policy.enabled and _probes(progress) < FREE_PROBES
        return attempt.unheard and not progress.parked and free

    def _spare(self, delivery: Delivery[T], now: float) -> Next:
        """The event keeps its tries, since it was the endpoint that was not there."""
        before = delivery.progress
        delivery.progress = Progress(before.attempts + 1, before.quick, before.slow, before.parked)
        self._lanes.again(delivery, 0.0, now)
        return RetryInLane(0.0)


def _probes(progress: Progress) -> int:
    return progress.attempts - progress.quick - progress.slow


__all__ = ["Done", "GiveUp", "Outgoing", "RetryInLane", "RetryLater", "Sending"]
