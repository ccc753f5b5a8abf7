"""What an attempt leaves behind: what is written down of it, and in which word the log and the counters tell it."""

import time
from dataclasses import dataclass

from engine.shell.delivery.delivery_log import log_line
from engine.shell.delivery.queue import Entry, Outcome, What, packed, progress_line
from engine.webhooks.attempt import Attempt, Failure, Verdict
from engine.webhooks.lanes import Delivery
from engine.webhooks.retry_schedule import GiveUp, Next, RetryInLane, RetryLater


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One attempt, ready to be written down."""

    outcome: Outcome
    result: str
    """`delivered`, `retry`, `later`, `dead` or `probe`."""
    due: float | None = None
    """Unix time at which it is tried again; None for a probe, which waits for the breaker, and for what has ended."""


def conclude(delivery: Delivery[Entry], step: Next, attempt: Attempt, wall: float, since: float) -> Conclusion:
    """What follows `step`, with the progress the delivery has after it.

    `wall` is the Unix time now, `since` the one at which the event began to hold its lane.
    """
    entry, progress = delivery.item, delivery.progress
    due: float | None = None
    if isinstance(step, RetryInLane) and not step.wait:
        what, result, remembered = What.NOTE, "probe", b""
    elif isinstance(step, RetryInLane):
        what, result, due = What.LANE, "retry", wall + step.wait
        remembered = progress_line(progress, since)
    elif isinstance(step, RetryLater):
        what, result, due = What.SLOW, "later", wall + step.wait
        remembered = packed(entry, attempts=progress.attempts, quick=progress.quick, slow=progress.slow)
    elif isinstance(step, GiveUp):
        what, result = What.DEAD, "dead"
        remembered = packed(
            entry, attempts=progress.attempts, reason=step.reason, status=attempt.status, error=attempt.failure,
            detail=attempt.detail,
        )  # fmt: skip
    else:
        what, result, remembered = What.DONE, "delivered", b""
    line = log_line(entry, attempt, result, due)
    return Conclusion(Outcome(what, entry, line, round(due * 1000) if due is not None else 0, remembered), result, due)


def fault_of_ours(event: str, number: int, at: float, error: Exception) -> Attempt:
    """An attempt begun at Unix time `at` that failed by a fault of this program; the receiver may have the event."""
    took = round((time.time() - at) * 1000)
    return Attempt(event, number, at, took, Verdict.RETRY, failure=Failure.BROKEN, detail=type(error).__name__)
