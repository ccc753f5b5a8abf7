"""The breaker: when it opens, how long, and that one probe decides."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.webhooks.breaker import FIRST_PAUSE, IN_A_ROW, LONGEST_PAUSE, Breaker


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(IN_A_ROW):
        assert breaker.state(now) == "closed"
        breaker.failed(now)
    assert breaker.state(now) == "open"
    return breaker


def test_ten_failures_in_a_row_open_it_for_a_quarter_of_a_minute() -> None:
    breaker = opened(100.0)
    assert not breaker.may_try(100.0 + FIRST_PAUSE - 0.001)
    assert breaker.tries_again_at == 100.0 + FIRST_PAUSE
    assert breaker.may_try(100.0 + FIRST_PAUSE)


def test_a_success_in_between_starts_the_row_again() -> None:
    breaker = Breaker()
    for _ in range(IN_A_ROW - 1):
        breaker.failed(0.0)
    breaker.succeeded(0.0)
    breaker.failed(0.0)
    assert breaker.state(0.0) == "closed"


def test_half_of_twenty_within_a_minute_open_it() -> None:
    breaker = Breaker()
    for number in range(10):
        assert breaker.state(number) == "closed"
        breaker.succeeded(number)
        breaker.failed(number)
    assert breaker.state(10.0) == "open"


def test_failures_of_a_minute_ago_do_not_count() -> None:
    breaker = Breaker()
    for _ in range(9):
        breaker.failed(0.0)
    breaker.succeeded(0.0)
    for number in range(9):
        breaker.succeeded(61.0)
        breaker.failed(61.0 + number / 10)
    assert breaker.state(62.0) == "closed"


def test_one_probe_at_a_time_and_each_failure_doubles_the_pause() -> None:
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(8):
        due = breaker.tries_again_at
        assert due is not None
        pauses.append(due - now)
        now = due
        assert breaker.began(now)
        assert breaker.state(now) == "half_open"
        assert not breaker.may_try(now + 1000)
        assert breaker.tries_again_at is None
        breaker.failed(now, probe=True)
        assert breaker.state(now) == "open"
    assert pauses == [15, 30, 60, 120, 240, 480, 600, 600]


def test_a_probe_that_succeeds_closes_it_and_says_how_long_it_was_open() -> None:
    breaker = opened(100.0)
    assert breaker.began(150.0)
    assert breaker.succeeded(151.0, probe=True) == 51.0
    assert breaker.state(151.0) == "closed"
    assert breaker.began(151.0) is False
    breaker = opened(200.0)  # and it begins anew
    assert breaker.tries_again_at == 200.0 + FIRST_PAUSE


def test_it_can_be_opened_and_an_open_one_stays_as_it_is() -> None:
    breaker = Breaker()
    breaker.open(100.0)
    breaker.open(110.0)
    assert breaker.tries_again_at == 100.0 + FIRST_PAUSE


def test_what_was_sent_before_it_opened_decides_nothing() -> None:
    breaker = opened(0.0)
    assert breaker.succeeded(1.0) == 0.0
    breaker.failed(2.0)
    assert breaker.tries_again_at == FIRST_PAUSE


def test_nothing_is_sent_past_an_open_breaker() -> None:
    with pytest.raises(AssertionError):
        opened(0.0).began(1.0)


class AnyCourse(RuleBasedStateMachine):
    """Any course of answers and pauses."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now, self.in_a_row = Breaker(), 0.0, 0
        self.flying: list[bool] = []

    @rule(seconds=st.floats(min_value=0, max_value=700))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.breaker.may_try(self.now))
    @rule()
    def send(self) -> None:
        self.flying.append(self.breaker.began(self.now))

    @precondition(lambda self: self.flying)
    @rule(choice=st.integers(0, 99), good=st.booleans())
    def answer(self, choice: int, good: bool) -> None:
        probe = self.flying.pop(choice % len(self.flying))
        closed = self.breaker.state(self.now) == "closed"
        if good:
            paused = self.breaker.succeeded(self.now, probe)
            assert paused >= 0
            assert not probe or self.breaker.state(self.now) == "closed"
            self.in_a_row = 0 if closed or probe else self.in_a_row
        else:
            self.breaker.failed(self.now, probe)
            self.in_a_row = self.in_a_row + 1 if closed else self.in_a_row
            assert self.in_a_row < IN_A_ROW or self.breaker.state(self.now) != "closed"

    @invariant()
    def at_most_one_probe_flies(self) -> None:
        assert sum(self.flying) <= 1

    @invariant()
    def it_always_tries_again_within_ten_minutes(self) -> None:
        again = self.breaker.tries_again_at
        assert again is None or again <= self.now + LONGEST_PAUSE
        assert self.breaker.may_try(self.now + LONGEST_PAUSE) or any(self.flying)


TestAnyCourse = AnyCourse.TestCase
