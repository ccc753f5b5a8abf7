"""Delivers to one endpoint: reads its queues a window ahead, sends what may go, and says what came of it.

It has no greenlet of its own: it acts when something happens (entries come, a request ends, a time is reached), so an
endpoint with nothing to do costs nothing. Requests run in greenlets, one each. Nothing is begun unless the lease is
good at that moment; a sender that lost its endpoint is closed, and what its requests still come to is dropped, because
the next owner sends those events again. A sender that finds a fault of its own begins nothing more and asks for
another one in its place, which starts from what Redis says; the attempt in question counts as one that failed.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import gevent
import structlog
from gevent.event import Event

from engine.shell.delivery.conclusion import conclude, fault_of_ours
from engine.shell.delivery.condition import Condition, Fields
from engine.shell.delivery.finisher import Account, Finisher
from engine.shell.delivery.queue import (
    EndpointQueue,
    Entry,
    Outcome,
    What,
    due_entries,
    entries_of,
    tried,
)  # fmt: skip
from engine.shell.delivery.slots import Slots
from engine.webhooks.attempt import Attempt, Verdict
from engine.webhooks.breaker import State
from engine.webhooks.endpoint import DisabledReason, Endpoint
from engine.webhooks.lanes import Delivery
from engine.webhooks.outgoing import Outgoing, RetryLater, Sending
from engine.webhooks.retry_schedule import Progress, next_step

log = structlog.get_logger("deliver")

WINDOW = 256
"""Entries of one endpoint in memory at most, about, while some of them can be sent."""
MOST_WINDOW = 4096
"""The same while those in memory all wait behind something that failed: what is behind them may not have to wait."""
LATE_WINDOW = 64
"""Of which slow retries."""
UNSURE = 0.5
"""Seconds after which a sender looks again whether its lease is good."""


class Transport(Protocol):
    """Sends one request."""

    def post(self, endpoint: Endpoint, body: bytes, event_id: str, attempt: int) -> Attempt:
        """Send it and say what came of it; whatever the receiver does is a value."""


class Tally(Protocol):
    """Counts what happens."""

    def attempted(self, attempt: Attempt, result: str) -> None:
        """One request ended."""

    def opened(self) -> None:
        """A breaker opened."""


@dataclass(slots=True, eq=False)
class Surroundings:
    """What all senders of a process share."""

    transport: Transport
    finisher: Finisher
    slots: Slots
    tally: Tally
    concurrency: int
    """Requests one endpoint gets at once."""
    disable_after: float
    """Seconds without a success after which an endpoint that fails is disabled."""
    disable: Callable[[Endpoint, DisabledReason, float], None]
    """Ask for an endpoint to be disabled, with the Unix time since when it fails. Must not wait."""
    recovered: Callable[[Endpoint, float], None]
    """An endpoint answers again after so many seconds. Must not wait."""


@dataclass(slots=True, eq=False)
class Tap:
    """How far one queue was read."""

    queue: int
    stream: str
    position: bytes = b"0-0"
    asked: bool = False
    caught_up: bool = False
    """Whether all there was has been read: from then on the reader waits for more."""


class Sender:
    """One endpoint this process owns. `go` whenever something changed."""

    def __init__(
        self, endpoint: Endpoint, queue: EndpointQueue, epoch: int, around: Surroundings,
        *, good: Callable[[], bool], on_fenced: Callable[[], None], on_fault: Callable[["Sender"], None],
    ) -> None:  # fmt: skip
        self.endpoint = endpoint
        self._around = around
        self._good = good
        self._on_fault = on_fault
        self.account = Account(queue, epoch, self._written, on_fenced, self._break_down)
        self._outgoing: Outgoing[Entry] = Outgoing(endpoint.policy, around.concurrency)
        self.taps = [Tap(place, stream) for place, stream in enumerate(queue.streams, 1)]
        self._tried: dict[str, tuple[Progress, float]] = {}
        self._late: set[str] = set()
        self._slow_due: float | None = 0.0
        """When the next slow retry is due, as far as is known (Unix time)."""
        self._asked_slow = False
        self._condition = Condition()
        self._requests: set[gevent.Greenlet[..., None]] = set()
        self._landed = Event()
        self._timer: Any = None
        self._timer_at = 0.0
        self._ready = self._stopped = self._closed = self._faulty = False
        self._window = WINDOW
        self._given_up = False
        """Whether the endpoint is about to be disabled: nothing is sent until it is another one."""
        around.finisher.ask(self.account, queue.opening(), self._opened)

    # Beginning and end

    def _opened(self, answers: list[Any]) -> None:
        state = dict(zip(answers[0][::2], answers[0][1::2], strict=True))
        self._tried = tried(answers[1])
        self.account.state.update(self._condition.go_on_from(state))
        self._ready = True
        self.go()

    def change(self, endpoint: Endpoint) -> None:
        """Take the endpoint as it is now."""
        if endpoint == self.endpoint:
            return
        self.endpoint = endpoint
        self._outgoing.policy = endpoint.policy
        self._given_up = False
        self.go()

    def drain(self, patience: float) -> None:
        """Begin nothing more, wait for what is under way, and write down what came of it."""
        self._stopped = True
        deadline = time.monotonic() + patience
        while self._requests and (left := deadline - time.monotonic()) > 0:
            self._landed.clear()
            self._landed.wait(left)
        self._around.finisher.flush(self.account, max(0.1, deadline - time.monotonic()))

    def close(self) -> None:
        """Forget the endpoint; what is under way comes to nothing here."""
        self._closed = self._stopped = True
        self._around.finisher.close(self.account)
        self._around.slots.forget(self)
        if self._timer is not None:
            self._timer.close()
            self._timer = None

    @property
    def tenant(self) -> str:
        """Whose endpoint it is."""
        return self.endpoint.tenant

    @property
    def in_flight(self) -> int:
        """Requests on their way."""
        return len(self._requests)

    @property
    def wants_news(self) -> bool:
        """Whether there is room for entries that come now."""
        return self._ready and not self._stopped and not self._given_up and len(self._outgoing) < self._window

    # Reading

    def offer(self, tap: Tap, found: Sequence[Any]) -> None:
        """Entries, as Redis gave them, that came in a queue that was read to its end."""
        try:
            self._add(tap, entries_of(tap.queue, found))
        except Exception:
            log.exception("events that came could not be read", endpoint=self.endpoint.id)
            self._break_down()
        if len(self._outgoing) >= self._window:
            tap.caught_up = False
        self.go()

    def _add(self, tap: Tap, entries: Sequence[Entry]) -> None:
        for entry in entries:
            progress, since = self._tried.pop(entry.event, (Progress(), 0.0))
            delivery = Delivery(f"{tap.queue}:{entry.event}", entry.lane, entry, progress)
            if since:
                delivery.held_since = time.monotonic() - max(0.0, time.time() - since)
            self._outgoing.add(delivery)
        if entries:
            tap.position = entries[-1].position

    def _read_on(self, now: float) -> None:
        """Ask for more where there is room."""
        if self._window - len(self._outgoing) >= WINDOW // 2:
            for tap in self.taps:
                if not tap.caught_up and not tap.asked:
                    tap.asked = True
                    self._ask_page(tap, WINDOW // 2)
        if self._takes_slow and self._slow_due is not None and self._slow_due <= now:
            self._asked_slow = True
            self._slow_due = None  # what is parked from now on may not be in the answer
            command = self.account.queue.due(round(now * 1000), len(self._late) + LATE_WINDOW)
            self._around.finisher.ask(self.account, [command], self._slow_ones)

    @property
    def _takes_slow(self) -> bool:
        """Whether there is room for slow retries, and nobody is getting any."""
        return not self._asked_slow and len(self._late) <= LATE_WINDOW // 2

    def _ask_page(self, tap: Tap, count: int) -> None:
        def answered(answers: list[Any]) -> None:
            tap.asked = False
            found = entries_of(tap.queue, answers[0][0][1]) if answers[0] else []
            self._add(tap, found)
            if len(found) < count:
                tap.caught_up = True
                self._around.finisher.wake_reader()
            self.go()

        command = self.account.queue.page(tap.queue, tap.position, count)
        self._around.finisher.ask(self.account, [command], answered)

    def _slow_ones(self, answers: list[Any]) -> None:
        self._asked_slow = False
        after, found = due_entries(answers[0])
        self._slow_due = after if self._slow_due is None else min(self._slow_due, after or self._slow_due)
        for entry, progress in found:
            if entry.event not in self._late:
                self._late.add(entry.event)
                self._outgoing.add(Delivery(f"0:{entry.event}", entry.lane, entry, progress))
        self.go()

    # Sending

    def go(self) -> None:
        """Send what may go now, read on where there is room, and set the clock for what may go later."""
        if self._stopped or self._given_up or not self._ready:
            return
        try:
            self._go(time.monotonic())
        except Exception:
            log.exception("what may be sent could not be found out", endpoint=self.endpoint.id)
            self._break_down()

    def _go(self, now: float) -> None:
        if not self._good():
            self._set_clock(now, now + UNSURE)
            return
        while len(self._outgoing) > self._outgoing.in_flight and self._around.slots.take(self):
            sending = None
            try:
                sending = self._outgoing.take(now)
            finally:
                if sending is None:
                    self._around.slots.give_back(self)
            if sending is None:
                self._look_farther(now)
                break
            request = gevent.Greenlet(self._send, sending)
            self._requests.add(request)
            request.start()
        if len(self._outgoing) < WINDOW // 2:
            self._window = WINDOW
        wall = time.time()
        self._read_on(wall)
        due = self._outgoing.wakes_at(now)
        if self._takes_slow and self._slow_due is not None:
            slow = now + max(0.0, self._slow_due - wall)
            due = slow if due is None else min(due, slow)
        self._set_clock(now, due)

    def _look_farther(self, now: float) -> None:
        """Nothing that is here may go. Where that is for calls that are held, not for the endpoint, read on."""
        here = len(self._outgoing)
        if self._outgoing.in_flight < self._around.concurrency and self._outgoing.breaker.state(now) == "closed":
            self._window = max(self._window, min(here + WINDOW // 2, MOST_WINDOW))

    def _set_clock(self, now: float, due: float | None) -> None:
        if due is None or due == self._timer_at:
            return  # an old alarm may still ring; it finds nothing to do
        if self._timer is not None:
            if now < self._timer_at <= due:
                return
            self._timer.close()
        self._timer_at = due
        self._timer = gevent.get_hub().loop.timer(max(0.0, due - now))
        self._timer.start(self._alarm)

    def _alarm(self) -> None:
        self._timer_at = 0.0
        self.go()

    def _send(self, sending: Sending[Entry]) -> None:
        entry = sending.delivery.item
        attempt: Attempt | None = None
        at = time.time()
        try:
            attempt = self._around.transport.post(self.endpoint, entry.body, entry.event, sending.number)
        except Exception as error:  # costs one attempt, not all deliveries
            log.exception("a request could not be made", endpoint=self.endpoint.id, id=entry.event)
            attempt = fault_of_ours(entry.event, sending.number, at, error)
        finally:
            self._requests.discard(gevent.getcurrent())
            if not self._closed and attempt is not None:
                self._land(sending, attempt)
            self._around.slots.give_back(self)
            self._landed.set()
        self.go()

    def _land(self, sending: Sending[Entry], attempt: Attempt) -> None:
        before = replace(sending.delivery)
        try:
            self._finished(sending, attempt)
        except Exception as error:
            log.exception("what came of a request could not be kept", endpoint=self.endpoint.id, id=attempt.event)
            self._concede(before, fault_of_ours(attempt.event, attempt.number, attempt.at, error))
            self._break_down()

    def _finished(self, sending: Sending[Entry], attempt: Attempt) -> None:
        now, wall = time.monotonic(), time.time()
        delivery = sending.delivery
        since = _unix(delivery.held_since, now, wall)
        before = self._outgoing.breaker.state(now)
        step = self._outgoing.finish(sending, attempt, now, random.random())  # noqa: S311  # spreads retries
        told = conclude(delivery, step, attempt, wall, since)
        if isinstance(step, RetryLater) and told.due is not None:
            self._slow_due = told.due if self._slow_due is None else min(self._slow_due, told.due)
        state = self._condition.attempted(attempt, wall)
        state |= self._note_breaker(before, now, wall)
        self._around.tally.attempted(attempt, told.result)
        failing = self._condition.failing_since
        if attempt.verdict is Verdict.GONE:
            self._disable("gone")
        elif failing is not None and wall - failing > self._around.disable_after:
            self._disable("failing")
        self._around.finisher.note(self.account, told.outcome, state)  # last: after it nothing can go wrong

    def _concede(self, delivery: Delivery[Entry], attempt: Attempt) -> None:
        """Write down that an attempt failed, by the schedule alone: what else is known here may be what is wrong.

        So an event that breaks something of ours each time leaves its lane within a minute, as any other that fails.
        """
        now, wall = time.monotonic(), time.time()
        since = _unix(delivery.held_since, now, wall)
        try:
            policy, chance = self.endpoint.policy, random.random()  # noqa: S311  # spreads retries
            step, delivery.progress = next_step(policy, delivery.progress, attempt, wall - since, chance)
            self._around.finisher.note(self.account, conclude(delivery, step, attempt, wall, since).outcome, {})
        except Exception:
            log.exception("nor that it failed", endpoint=self.endpoint.id, id=attempt.event)

    def _break_down(self) -> None:
        """Begin nothing more, and ask for another sender in this one's place."""
        if not (self._faulty or self._closed):
            self._faulty = self._stopped = True
            self._on_fault(self)

    def _note_breaker(self, before: State, now: float, wall: float) -> Fields:
        after = self._outgoing.breaker.state(now)
        fields = self._condition.moved(before, after, wall)
        if before == "closed" != after:
            self._around.tally.opened()
            log.warning("endpoint does not answer and is left alone for a while", endpoint=self.endpoint.id)
        elif after == "closed" != before:
            seconds = self._condition.broken_for(wall)
            log.info("endpoint answers again", endpoint=self.endpoint.id, seconds=round(seconds, 1))
            self._around.recovered(self.endpoint, seconds)
        return fields

    def _disable(self, reason: DisabledReason) -> None:
        self._given_up = True
        self._around.disable(self.endpoint, reason, self._condition.failing_since or time.time())

    def _written(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if not outcome.entry.queue and outcome.what is not What.NOTE:
                self._late.discard(outcome.entry.event)
        if self._takes_slow and self._slow_due is not None:
            self.go()


def _unix(held_since: float | None, now: float, wall: float) -> float:
    """The Unix time at which an event began to hold its lane."""
    return wall - (now - held_since if held_since is not None else 0.0)
