"""When a failed delivery is tried again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.webhooks.attempt import Attempt, Failure, Verdict, verdict_of
from engine.webhooks.retry_schedule import (
    LONGEST_WAIT,
    MOST_HELD,
    QUICK_WAITS,
    Done,
    GiveUp,
    Next,
    Progress,
    RetryInLane,
    RetryLater,
    RetryPolicy,
    next_step,
    slow_wait,
)


def attempt(status: int, retry_after: float | None = None) -> Attempt:
    return Attempt("evt_1", 1, 0.0, 5, verdict_of(status), status, Failure.STATUS, retry_after=retry_after)


def waits(policy: RetryPolicy, status: int = 500, chance: float = 0.5, took: float = 0.0) -> tuple[list[Next], float]:
    """Every step of an event that always fails, and how long it held its lane."""
    progress, held = Progress(), 0.0
    steps: list[Next] = []
    while True:
        if not progress.parked:
            held += took
        step, progress = next_step(policy, progress, attempt(status), held, chance)
        steps.append(step)
        if isinstance(step, RetryInLane):
            held += step.wait
        elif isinstance(step, GiveUp):
            assert progress.attempts == len(steps)
            return steps, held


def test_the_usual_schedule() -> None:
    steps, held = waits(RetryPolicy())
    assert steps == [
        *(RetryInLane(wait) for wait in (2.0, 5.0, 15.0, 30.0)),
        *(RetryLater(wait) for wait in (60.0, 300.0, 900.0, 3600.0, 10800.0)),
        GiveUp("exhausted"),
    ]
    assert held == 52.0


def test_a_refusal_is_not_repeated_within_the_minute() -> None:
    steps, held = waits(RetryPolicy(max_retries=1), status=404)
    assert steps == [RetryLater(60.0), GiveUp("exhausted")]
    assert held == 0.0


def test_without_retries_one_attempt_is_all() -> None:
    assert waits(RetryPolicy(enabled=False)) == ([GiveUp("not_retried")], 0.0)


def test_no_slow_retries_still_leaves_the_quick_ones() -> None:
    steps, _ = waits(RetryPolicy(max_retries=0))
    assert steps == [*(RetryInLane(wait) for wait in QUICK_WAITS), GiveUp("exhausted")]


@pytest.mark.parametrize("policy", [RetryPolicy(), RetryPolicy(enabled=False)])
def test_gone_is_gone(policy: RetryPolicy) -> None:
    assert next_step(policy, Progress(), attempt(410), 0.0, 0.5) == (GiveUp("gone"), Progress(1, 1))


@pytest.mark.parametrize("progress", [Progress(), Progress(6, 5, 1, parked=True)])
def test_delivered_is_delivered(progress: Progress) -> None:
    step, after = next_step(RetryPolicy(), progress, attempt(200), 0.0, 0.5)
    assert step == Done()
    assert after.attempts == progress.attempts + 1


@given(
    policy=st.builds(
        RetryPolicy,
        max_retries=st.integers(0, 20),
        delay=st.floats(min_value=1, max_value=3600),
    ),
    took=st.floats(min_value=0, max_value=30),
    chance=st.floats(min_value=0, max_value=1),
    status=st.sampled_from([500, 429, 404]),
)
def test_an_event_holds_its_lane_a_minute_and_ends_after_the_retries_that_were_asked_for(
    policy: RetryPolicy, took: float, chance: float, status: int
) -> None:
    steps, held = waits(policy, status, chance, took)
    slow = [step for step in steps if isinstance(step, RetryLater)]
    assert len(slow) == policy.max_retries
    assert held <= MOST_HELD + took
    assert all(0.79 * policy.delay <= step.wait <= 1.21 * LONGEST_WAIT for step in slow)


def test_jitter_spreads_a_wait_by_a_fifth_either_way() -> None:
    assert slow_wait(RetryPolicy(), 1, None, 0.0) == pytest.approx(48)
    assert slow_wait(RetryPolicy(), 1, None, 1.0) == pytest.approx(72)
    assert slow_wait(RetryPolicy(), 8, None, 0.5) == pytest.approx(86400)
    assert slow_wait(RetryPolicy(delay=3600), 8, None, 0.5) == LONGEST_WAIT
    assert slow_wait(RetryPolicy(), 30, None, 0.5) == pytest.approx(86400)


@pytest.mark.parametrize(
    ("asked", "step"),
    [
        (1.0, RetryInLane(2.0)),  # never sooner than our own wait
        (20.0, RetryInLane(20.0)),
        (61.0, RetryLater(61.0)),  # would hold the lane too long
        (10.0**6, RetryLater(3600.0)),  # nobody may ask for more than an hour at first
    ],
)
def test_retry_after_is_heeded_within_reason(asked: float, step: object) -> None:
    assert next_step(RetryPolicy(), Progress(), attempt(503, asked), 0.0, 0.5)[0] == step


def test_retry_after_of_a_slow_retry() -> None:
    assert slow_wait(RetryPolicy(), 5, 5000.0, 0.5) == 10800.0
    assert slow_wait(RetryPolicy(), 5, 15000.0, 0.5) == 15000.0
    assert slow_wait(RetryPolicy(), 5, 10.0**6, 0.5) == 21600.0


def test_a_lane_that_was_held_for_long_is_let_go() -> None:
    step, after = next_step(RetryPolicy(), Progress(1, 1), attempt(500), 58.0, 0.5)
    assert step == RetryLater(60.0)
    assert after == replace(Progress(2, 2), parked=True)


def test_a_denied_address_is_a_refusal() -> None:
    denied = Attempt("evt_1", 1, 0.0, 1, Verdict.REFUSED, failure=Failure.DENIED)
    assert isinstance(next_step(RetryPolicy(), Progress(), denied, 0.0, 0.5)[0], RetryLater)
