"""Lanes: order per call, one at a time per call, slots kept for first attempts, nothing lost."""

from collections import defaultdict

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.webhooks.lanes import Delivery, Lanes
from engine.webhooks.retry_schedule import Progress

TRIED = Progress(attempts=1, quick=1)
PARKED = Progress(attempts=1, quick=1, parked=True)


def delivery(name: str) -> Delivery[None]:
    """`a1` is the first event of call a."""
    return Delivery(name, name[0], None)


def lanes_of(*names: str, concurrency: int = 8) -> Lanes[None]:
    lanes: Lanes[None] = Lanes(concurrency)
    for name in names:
        lanes.add(delivery(name))
    return lanes


def taken(lanes: Lanes[None], now: float = 0.0) -> list[Delivery[None]]:
    found = []
    while (one := lanes.take(now)) is not None:
        found.append(one)
    return found


def ids(found: list[Delivery[None]]) -> list[str]:
    return [one.id for one in found]


def test_one_of_each_call_at_a_time() -> None:
    lanes = lanes_of("a1", "a2", "b1", "a3", "c1")
    flying = taken(lanes)
    assert ids(flying) == ["a1", "b1", "c1"]
    lanes.done(flying[0], 0.0)
    assert ids(taken(lanes)) == ["a2"]
    assert len(lanes) == 4
    assert lanes.in_flight == 3


def test_calls_take_turns() -> None:
    lanes = lanes_of("a1", "a2", "a3", "b1", "b2", concurrency=1)
    order = []
    while (one := lanes.take(0.0)) is not None:
        order.append(one.id)
        lanes.done(one, 0.0)
    assert order == ["a1", "b1", "a2", "b2", "a3"]
    assert len(lanes) == 0


def test_no_more_at_once_than_allowed() -> None:
    lanes = lanes_of("a1", "b1", "c1", concurrency=2)
    flying = taken(lanes)
    assert ids(flying) == ["a1", "b1"]
    lanes.done(flying[1], 0.0)
    assert ids(taken(lanes)) == ["c1"]


def test_a_failing_delivery_holds_its_own_lane_only() -> None:
    lanes = lanes_of("a1", "a2", "b1", "b2")
    a1, b1 = taken(lanes)
    a1.progress = TRIED
    lanes.again(a1, 2.0, 10.0)
    lanes.done(b1, 10.0)
    assert ids(taken(lanes, 10.0)) == ["b2"]
    assert lanes.wakes_at(10.0) == 12.0
    assert ids(taken(lanes, 11.9)) == []
    assert ids(taken(lanes, 12.0)) == ["a1"]


def test_a_slow_retry_goes_first_but_never_beside_another_of_its_call() -> None:
    lanes = lanes_of("a1", "a2")
    (a1,) = taken(lanes)
    late = delivery("a0")
    late.progress = PARKED
    lanes.add_late(late)
    assert taken(lanes) == []
    lanes.done(a1, 0.0)
    assert taken(lanes) == [late]
    lanes.done(late, 0.0)
    assert ids(taken(lanes)) == ["a2"]


def test_a_slow_retry_does_not_hurry_a_lane_that_waits() -> None:
    lanes = lanes_of("a1", "a2")
    (a1,) = taken(lanes)
    a1.progress = TRIED
    lanes.again(a1, 30.0, 0.0)
    late = delivery("a0")
    late.progress = PARKED
    lanes.add_late(late)
    assert taken(lanes, 1.0) == [late]
    lanes.done(late, 2.0)
    assert taken(lanes, 29.0) == []
    assert taken(lanes, 30.0) == [a1]


def test_three_of_four_slots_are_kept_for_first_attempts() -> None:
    lanes = lanes_of(*(f"{call}1" for call in "abcdefgh"))
    for one in taken(lanes):
        one.progress = TRIED
        lanes.again(one, 1.0, 0.0)
    assert len(taken(lanes, 1.0)) == 2
    for call in "ijklmnop":
        lanes.add(delivery(f"{call}1"))
    assert ids(taken(lanes, 1.0)) == [f"{call}1" for call in "ijklmn"]


def test_with_a_single_slot_retries_and_first_attempts_alternate() -> None:
    lanes = lanes_of("a1", "b1", concurrency=1)
    for _ in range(2):
        one = lanes.take(0.0)
        assert one is not None
        one.progress = TRIED
        lanes.again(one, 1.0, 0.0)
    for call in "cd":
        lanes.add(delivery(f"{call}1"))
    order = []
    while (one := lanes.take(1.0)) is not None:
        order.append(one.id)
        lanes.done(one, 1.0)
    assert order == ["a1", "c1", "b1", "d1"]


def test_how_long_it_held_its_lane_is_known_and_can_be_excused() -> None:
    lanes = lanes_of("a1", "b1")
    a1, b1 = taken(lanes, 5.0)
    assert (a1.held_since, b1.held_since) == (5.0, 5.0)
    a1.progress = TRIED
    lanes.again(a1, 1.0, 6.0)
    lanes.excuse(3.0, 9.0)
    assert (a1.held_since, b1.held_since) == (8.0, 8.0)
    lanes.excuse(100.0, 9.0)
    assert a1.held_since == 9.0
    assert lanes.take(9.0) is a1
    lanes.done(a1, 9.0)
    assert a1.held_since is None


def test_only_what_is_in_flight_can_land() -> None:
    lanes = lanes_of("a1", "a2")
    taken(lanes)
    with pytest.raises(AssertionError):
        lanes.done(delivery("a2"), 0.0)


CALLS = "abcd"


class AnyTraffic(RuleBasedStateMachine):
    """Any traffic, against a plain model: what each call still has to be sent, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.concurrency = 4
        self.lanes: Lanes[None] = Lanes(self.concurrency)
        self.now = 0.0
        self.numbers: dict[str, int] = defaultdict(int)
        self.expected: dict[str, list[str]] = defaultdict(list)
        self.late: list[Delivery[None]] = []
        self.back: dict[str, list[str]] = defaultdict(list)
        self.not_before: dict[str, float] = {}
        self.flying: list[Delivery[None]] = []
        self.gone: list[str] = []

    @rule(call=st.sampled_from(CALLS))
    def an_event(self, call: str) -> None:
        self.numbers[call] += 1
        name = f"{call}{self.numbers[call]}"
        self.expected[call].append(name)
        self.lanes.add(delivery(name))

    @rule(seconds=st.floats(min_value=0, max_value=40))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def take(self) -> None:
        one = self.lanes.take(self.now)
        if one is None:
            busy = {each.call for each in self.flying}
            retries = sum(each.progress.attempts > 0 for each in self.flying)
            for call in set(CALLS) - busy:
                waiting = self.expected[call] and self.not_before.get(self.expected[call][0], 0) <= self.now
                if len(self.flying) < self.concurrency and retries < 1:
                    assert not waiting
                    assert not self.back[call]
            return
        assert one.call not in {each.call for each in self.flying}
        if one.progress.parked:
            assert self.back[one.call].pop(0) == one.id
        else:
            assert not self.back[one.call]
            assert self.expected[one.call].pop(0) == one.id
            assert self.not_before.get(one.id, 0.0) <= self.now
        self.flying.append(one)
        assert len(self.flying) <= self.concurrency
        assert sum(each.progress.attempts > 0 for each in self.flying) <= 1

    @precondition(lambda self: self.flying)
    @rule(choice=st.integers(0, 99))
    def delivered(self, choice: int) -> None:
        one = self.flying.pop(choice % len(self.flying))
        self.lanes.done(one, self.now)
        self.gone.append(one.id)

    @precondition(lambda self: self.flying)
    @rule(choice=st.integers(0, 99), wait=st.floats(min_value=0, max_value=30))
    def failed(self, choice: int, wait: float) -> None:
        one = self.flying.pop(choice % len(self.flying))
        one.progress = PARKED if one.progress.parked else TRIED
        self.lanes.again(one, wait, self.now)
        if one.progress.parked:
            self.back[one.call].insert(0, one.id)
        else:
            self.expected[one.call].insert(0, one.id)
            self.not_before[one.id] = self.now + wait

    @precondition(lambda self: self.flying)
    @rule(choice=st.integers(0, 99))
    def moved_to_the_slow_schedule(self, choice: int) -> None:
        one = self.flying.pop(choice % len(self.flying))
        one.progress = PARKED
        self.lanes.done(one, self.now)
        self.late.append(one)

    @precondition(lambda self: self.late)
    @rule(choice=st.integers(0, 99))
    def a_slow_retry_is_due(self, choice: int) -> None:
        one = self.late.pop(choice % len(self.late))
        self.lanes.add_late(one)
        self.back[one.call].append(one.id)

    @invariant()
    def nothing_is_lost_and_nothing_doubled(self) -> None:
        here = sum(map(len, self.expected.values())) + sum(map(len, self.back.values())) + len(self.flying)
        assert len(self.lanes) == here
        assert self.lanes.in_flight == len(self.flying)
        assert here + len(self.gone) + len(self.late) == sum(self.numbers.values())

    @invariant()
    def it_says_when_to_look_again(self) -> None:
        again = self.lanes.wakes_at(self.now)
        assert again is None or again > self.now

    def teardown(self) -> None:
        for each in self.flying:
            self.lanes.done(each, self.now)
        for _ in range(len(self.lanes)):
            one = self.lanes.take(self.now)
            if one is None:
                self.now = self.lanes.wakes_at(self.now) or self.now
                one = self.lanes.take(self.now)
            assert one is not None
            self.lanes.done(one, self.now)
        assert len(self.lanes) == 0


TestAnyTraffic = AnyTraffic.TestCase
TestAnyTraffic.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)
