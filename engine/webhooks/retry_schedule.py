"""When a failed delivery is tried again: quickly in its lane for at most a minute, then slowly, then never.

A wait is in seconds. `chance` is a number from 0 to 1 that spreads the waits of many deliveries.
"""

from dataclasses import dataclass

from engine.webhooks.attempt import Attempt, Verdict

QUICK_WAITS = (2.0, 5.0, 15.0, 30.0)
"""Waits between the attempts of an event that holds its lane."""
MOST_HELD = 60.0
"""Seconds an event that fails may hold back the later events of its call."""
SLOW_FACTORS = (1, 5, 15, 60, 180, 360, 720, 1440)
"""Times `retry_delay_seconds`: what the n-th slow retry waits. Later ones wait as long as the last."""
LONGEST_WAIT = 86400.0
JITTER = 0.2
PATIENCE = 3600.0
"""Seconds a receiver's `Retry-After` may always ask for."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What the owner of an endpoint chose."""

    enabled: bool = True
    max_retries: int = 5
    """Slow retries; the quick ones within the first minute are not counted."""
    delay: float = 60.0
    """Seconds before the first slow retry."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What was already tried for one event at one endpoint. A fresh event has none of it."""

    attempts: int = 0
    """Requests sent, also those that cost nothing because they only probed whether the endpoint is back."""
    quick: int = 0
    """Attempts made while holding the lane."""
    slow: int = 0
    """Slow retries made."""
    parked: bool = False
    """Whether it gave up its lane and is on the slow schedule."""


@dataclass(frozen=True, slots=True)
class Done:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class RetryInLane:
    """Try again in `wait` seconds; later events of the call stay behind it."""

    wait: float


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Leave the lane and try again in `wait` seconds; later events of the call overtake it."""

    wait: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """To the dead letters: `exhausted`, `not_retried` (retries are off) or `gone` (410)."""

    reason: str


Next = Done | RetryInLane | RetryLater | GiveUp


def next_step(
    policy: RetryPolicy, progress: Progress, attempt: Attempt, held: float, chance: float
) -> tuple[Next, Progress]:
    """What follows an attempt, and the progress to remember. `held` is how long the event has held its lane."""
    if progress.parked:
        after = Progress(progress.attempts + 1, progress.quick, progress.slow + 1, parked=True)
    else:
        after = Progress(progress.attempts + 1, progress.quick + 1, progress.slow)
    if attempt.delivered:
        return Done(), after
    if attempt.verdict is Verdict.GONE:
        return GiveUp("gone"), after
    if not policy.enabled:
        return GiveUp("not_retried"), after
    if not after.parked and attempt.verdict is Verdict.RETRY and after.quick <= len(QUICK_WAITS):
        wait = _asked(QUICK_WAITS[after.quick - 1], attempt.retry_after)
        if held + wait <= MOST_HELD:
            return RetryInLane(wait), after
    if after.slow >= policy.max_retries:
        return GiveUp("exhausted"), after
    parked = Progress(after.attempts, after.quick, after.slow, parked=True)
    return RetryLater(slow_wait(policy, after.slow + 1, attempt.retry_after, chance)), parked


def slow_wait(policy: RetryPolicy, number: int, retry_after: float | None, chance: float) -> float:
    """Seconds before the `number`-th slow retry, 20 % either way, never less than `Retry-After` within reason."""
    factor = SLOW_FACTORS[min(number, len(SLOW_FACTORS)) - 1]
    base = min(policy.delay * factor, LONGEST_WAIT)
    return max(base * (1 - JITTER + 2 * JITTER * chance), 0.0 if retry_after is None else _asked(base, retry_after))


def _asked(base: float, retry_after: float | None) -> float:
    """What the receiver asked for, held between our own wait and an hour (or twice our own wait)."""
    return base if retry_after is None else min(max(retry_after, base), max(2 * base, PATIENCE))
