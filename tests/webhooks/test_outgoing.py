"""Lanes, breaker and schedule together: whole outages, in simulated time."""

from dataclasses import dataclass, field
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.webhooks.attempt import Attempt, Failure, Verdict, verdict_of
from engine.webhooks.lanes import Delivery
from engine.webhooks.outgoing import Outgoing, Sending
from engine.webhooks.retry_schedule import Done, GiveUp, Progress, RetryInLane, RetryLater, RetryPolicy

DAY = 86400.0


def attempt(name: str, status: int) -> Attempt:
    failure = Failure.NONE if verdict_of(status) is Verdict.DELIVERED else Failure.STATUS
    return Attempt(name, 1, 0.0, 5, verdict_of(status), status, failure)


def no_connection(name: str, failure: Failure = Failure.CONNECT) -> Attempt:
    return Attempt(name, 1, 0.0, 5, Verdict.RETRY, 0, failure)


def delivery(name: str) -> Delivery[None]:
    return Delivery(name, name.partition("-")[0], None)


@dataclass
class Receiver:
    """An endpoint that is away at times, and a deliverer that sends it what `Outgoing` says, in simulated time."""

    outages: list[tuple[float, float]]
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    poison: frozenset[str] = frozenset()
    took: float = 0.1
    gone: bool = False
    """Whether it takes no connection in an outage, rather than answer 500."""
    now: float = 0.0
    outgoing: Outgoing[None] = field(init=False)
    got: list[tuple[float, str]] = field(default_factory=list)
    dead: dict[str, str] = field(default_factory=dict)
    parked: set[str] = field(default_factory=set)
    sent: int = 0

    def __post_init__(self) -> None:
        self.outgoing = Outgoing(self.policy)

    def run(self, events: list[tuple[float, str]], until: float = 40 * DAY) -> None:
        """Deliver every event, the given ones at their times, until there is nothing left."""
        happens: list[tuple[float, int, object]] = []
        for number, (at, name) in enumerate(events):
            heappush(happens, (at, number, delivery(name)))
        number = len(events)
        while self.now < until:
            while (sending := self.outgoing.take(self.now)) is not None:
                self.sent += 1
                number += 1
                heappush(happens, (self.now + self.took, number, sending))
            wakes = self.outgoing.wakes_at(self.now)
            if not happens and wakes is None:
                return
            if not happens or (wakes is not None and wakes < happens[0][0]):
                assert wakes is not None
                assert wakes > self.now
                self.now = wakes
                continue
            self.now, _, what = heappop(happens)
            if isinstance(what, Delivery):
                self.outgoing.add(what)
            elif isinstance(what, Sending):
                later = self.land(what)
                if later is not None:
                    number += 1
                    heappush(happens, (self.now + later, number, what.delivery))
        raise AssertionError("never done")

    def land(self, sending: Sending[None]) -> float | None:
        """The answer to one request; the seconds until its slow retry, if there is to be one."""
        name = sending.delivery.id
        away = any(start <= self.now < end for start, end in self.outages)
        result = attempt(name, 500 if away or name in self.poison else 200)
        step = self.outgoing.finish(sending, no_connection(name) if away and self.gone else result, self.now, 0.5)
        if isinstance(step, Done):
            self.got.append((self.now, name))
        elif isinstance(step, GiveUp):
            self.dead[name] = step.reason
        elif isinstance(step, RetryLater):
            self.parked.add(name)
            return step.wait
        return None

    def names(self, call: str = "") -> list[str]:
        return [name for _, name in self.got if name.startswith(call)]


def test_a_day_of_outage_burns_nothing_and_keeps_the_order() -> None:
    events = [(float(at), f"{call}-{at:06d}") for at in range(60, 80000, 600) for call in "abcdefghijkl"]
    receiver = Receiver([(0.0, DAY)])
    receiver.run(events)
    assert len(receiver.got) == len(events)
    assert not receiver.dead
    for call in "abcdefghijkl":
        assert receiver.names(call) == [name for _, name in events if name.startswith(call)]
    assert receiver.sent < len(events) + 200
    assert receiver.got[0][0] <= DAY + 601


def test_a_short_outage_is_bridged_in_order() -> None:
    receiver = Receiver([(10.0, 40.0)])
    events = [(float(at), f"a-{at:03d}") for at in range(60)]
    receiver.run(events)
    assert receiver.names() == [name for _, name in events]


@pytest.mark.parametrize("minutes", [1, 2, 30, 1440])
@pytest.mark.parametrize("retries", [0, 5])
def test_the_one_call_of_an_endpoint_that_takes_no_connection_keeps_its_order(minutes: int, retries: int) -> None:
    receiver = Receiver([(0.0, minutes * 60.0)], RetryPolicy(max_retries=retries), gone=True)
    receiver.run([(float(number), f"a-{number}") for number in range(9)])
    assert receiver.names() == [f"a-{number}" for number in range(9)]
    assert not receiver.parked
    assert not receiver.dead


@pytest.mark.parametrize("failure", [Failure.TIMEOUT, Failure.BROKEN])
def test_an_event_that_its_receiver_took_in_and_failed_at_is_overtaken(failure: Failure) -> None:
    outgoing: Outgoing[None] = Outgoing(RetryPolicy())
    outgoing.add(delivery("a-1"))
    now, step = 0.0, None
    for _ in range(5):
        wakes = outgoing.wakes_at(now)
        now = now if wakes is None else wakes
        sending = outgoing.take(now)
        assert sending is not None
        step = outgoing.finish(sending, no_connection("a-1", failure), now, 0.5)
    assert isinstance(step, RetryLater)
    assert outgoing.breaker.state(now) == "closed"


def test_one_event_that_always_fails_is_overtaken_and_ends_with_the_dead_letters() -> None:
    receiver = Receiver([], poison=frozenset({"a-2"}))
    receiver.run([(0.0, "a-1"), (0.0, "a-2"), (0.0, "a-3"), (0.0, "b-1"), (0.0, "b-2")])
    assert receiver.names("a") == ["a-1", "a-3"]
    assert receiver.dead == {"a-2": "exhausted"}
    times = {name: at for at, name in receiver.got}
    assert times["b-2"] < 1.0
    assert 50.0 < times["a-3"] < 61.0


def test_without_retries_a_failure_is_final_also_for_a_probe() -> None:
    receiver = Receiver([(0.0, 100.0)], policy=RetryPolicy(enabled=False))
    receiver.run([(0.0, f"{call}-1") for call in "abcdefghijklmnop"])
    assert len(receiver.dead) + len(receiver.got) == 16
    assert set(receiver.dead.values()) == {"not_retried"}
    assert receiver.sent == 16


def test_a_failed_probe_is_numbered_but_costs_nothing() -> None:
    outgoing: Outgoing[None] = Outgoing(RetryPolicy(), concurrency=64)
    for number in range(10):
        outgoing.add(delivery(f"c{number}-1"))
    sendings = [outgoing.take(0.0) for _ in range(10)]
    for sending in sendings:
        assert sending is not None
        outgoing.finish(sending, attempt(sending.delivery.id, 500), 0.0, 0.5)
    assert outgoing.take(14.9) is None
    assert outgoing.wakes_at(1.0) == 15.0
    probe = outgoing.take(15.0)
    assert probe is not None
    assert probe.probe
    assert probe.number == 2
    assert outgoing.take(15.0) is None
    step = outgoing.finish(probe, attempt(probe.delivery.id, 500), 15.0, 0.5)
    assert step == RetryInLane(0.0)
    assert probe.delivery.progress == Progress(attempts=2, quick=1)
    assert len(outgoing) == 10


def test_an_event_that_is_all_there_is_and_always_fails_ends_before_its_endpoint_is_disabled() -> None:
    receiver = Receiver([(0.0, 115.0)], poison=frozenset({"a-1"}), took=1.0)
    receiver.run([(0.0, f"{call}-1") for call in "abcdefghijk"], until=5 * DAY)
    assert receiver.dead == {"a-1": "exhausted"}
    assert len(receiver.got) == 10


def test_an_endpoint_that_refuses_is_up() -> None:
    outgoing: Outgoing[None] = Outgoing(RetryPolicy())
    for number in range(30):
        outgoing.add(delivery(f"c{number}-1"))
        sending = outgoing.take(0.0)
        assert sending is not None
        assert isinstance(outgoing.finish(sending, attempt(sending.delivery.id, 404), 0.0, 0.5), RetryLater)
    assert outgoing.breaker.state(0.0) == "closed"


def test_what_was_not_sent_is_given_back_at_no_cost() -> None:
    outgoing: Outgoing[None] = Outgoing(RetryPolicy())
    outgoing.add(delivery("a-1"))
    sending = outgoing.take(0.0)
    assert sending is not None
    outgoing.give_back(sending, 1.0)
    again = outgoing.take(1.0)
    assert again is not None
    assert (again.delivery.id, again.number) == ("a-1", 1)
    assert outgoing.in_flight == 1


@given(
    outages=st.lists(st.tuples(st.floats(0, 20000), st.floats(1, 20000)), max_size=4),
    events=st.lists(st.tuples(st.floats(0, 20000), st.sampled_from("abcdef")), max_size=40),
    poison=st.sets(st.integers(0, 39), max_size=3),
    retries=st.integers(0, 8),
    took=st.floats(0.01, 10),
    gone=st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_whatever_happens_every_event_is_delivered_or_a_dead_letter_and_order_breaks_only_for_what_was_parked(
    outages: list[tuple[float, float]],
    events: list[tuple[float, str]],
    poison: set[int],
    retries: int,
    took: float,
    gone: bool,
) -> None:
    named = [(at, f"{call}-{number:02d}") for number, (at, call) in enumerate(sorted(events))]
    bad = frozenset(name for number, (_, name) in enumerate(named) if number in poison)
    away = [(start, start + long) for start, long in outages]
    receiver = Receiver(away, RetryPolicy(max_retries=retries), bad, took, gone)
    receiver.run(named)
    got = receiver.names()
    assert sorted([*got, *receiver.dead]) == sorted(name for _, name in named)
    assert bad == bad & set(receiver.dead)
    for call in "abcdef":
        kept = [name for name in receiver.names(call) if name not in receiver.parked]
        assert kept == sorted(kept)


def test_the_policy_can_change_under_way() -> None:
    outgoing: Outgoing[None] = Outgoing(RetryPolicy())
    outgoing.add(delivery("a-1"))
    sending = outgoing.take(0.0)
    assert sending is not None
    outgoing.policy = RetryPolicy(enabled=False)
    assert outgoing.finish(sending, attempt("a-1", 500), 0.0, 0.5) == GiveUp("not_retried")


@pytest.mark.parametrize("parked", [True, False])
def test_what_is_parked_joins_as_a_late_retry(parked: bool) -> None:
    outgoing: Outgoing[None] = Outgoing(RetryPolicy(), concurrency=1)
    outgoing.add(delivery("a-1"))
    second = delivery("a-2")
    second.progress = Progress(1, 1, parked=parked)
    outgoing.add(second)
    sending = outgoing.take(0.0)
    assert sending is not None
    assert sending.delivery.id == ("a-2" if parked else "a-1")
