"""What is written down of an attempt can be read back by the next owner of its endpoint."""

import pytest

from engine.shell.delivery.conclusion import conclude, fault_of_ours
from engine.shell.delivery.delivery_log import logged
from engine.shell.delivery.queue import Entry, What, tried, unpacked
from engine.webhooks.attempt import Attempt, Failure, Verdict
from engine.webhooks.lanes import Delivery
from engine.webhooks.retry_schedule import Done, GiveUp, Next, Progress, RetryInLane, RetryLater

ENTRY = Entry("evt_a_1", "a", "call.tagged", b'{"n":1}', 1, b"5-1")
FAILED = Attempt("evt_a_1", 3, 990.0, 12, Verdict.RETRY, 503, Failure.STATUS, "busy")


def delivery() -> Delivery[Entry]:
    return Delivery("1:evt_a_1", "a", ENTRY, Progress(3, 2, 1))


@pytest.mark.parametrize(
    ("step", "what", "result", "due"),
    [
        (Done(), What.DONE, "delivered", None),
        (RetryInLane(5.0), What.LANE, "retry", 1005.0),
        (RetryInLane(0.0), What.NOTE, "probe", None),
        (RetryLater(60.0), What.SLOW, "later", 1060.0),
        (GiveUp("gone"), What.DEAD, "dead", None),
    ],
)
def test_each_step_has_its_word(step: Next, what: What, result: str, due: float | None) -> None:
    told = conclude(delivery(), step, FAILED, 1000.0, 980.0)
    assert (told.outcome.what, told.result, told.due) == (what, result, due)
    assert told.outcome.due_ms == round((due or 0.0) * 1000)
    line = logged(told.outcome.line)
    assert (line.event, line.result, line.status, line.detail, line.next_at) == ("evt_a_1", result, 503, "busy", due)


def test_what_holds_its_lane_is_remembered_with_the_time_it_began_to() -> None:
    told = conclude(delivery(), RetryInLane(5.0), FAILED, 1000.0, 980.0)
    assert tried([b"evt_a_1", told.outcome.remembered]) == {"evt_a_1": (Progress(3, 2, 1), 980.0)}


def test_what_leaves_its_queue_is_remembered_with_its_body() -> None:
    later = conclude(delivery(), RetryLater(60.0), FAILED, 1000.0, 980.0)
    entry, header = unpacked("evt_a_1", later.outcome.remembered)
    assert (entry.body, entry.call, entry.type) == (ENTRY.body, "a", "call.tagged")
    assert header == {"call": "a", "type": "call.tagged", "attempts": 3, "quick": 2, "slow": 1}
    dead = conclude(delivery(), GiveUp("exhausted"), FAILED, 1000.0, 980.0)
    _, header = unpacked("evt_a_1", dead.outcome.remembered)
    assert (header["reason"], header["status"], header["error"], header["detail"]) == (
        "exhausted",
        503,
        "status",
        "busy",
    )


def test_a_fault_of_ours_is_an_attempt_that_failed() -> None:
    attempt = fault_of_ours("evt_a_1", 2, 1.0, ZeroDivisionError())
    assert (attempt.verdict, attempt.failure, attempt.detail) == (Verdict.RETRY, Failure.BROKEN, "ZeroDivisionError")
    assert (attempt.event, attempt.number, attempt.at, attempt.delivered) == ("evt_a_1", 2, 1.0, False)
