"""The condition of an endpoint: since when it fails, and what its breaker did."""

from engine.shell.delivery.condition import Condition
from engine.webhooks.attempt import Attempt, Failure, Verdict

TAKEN = Attempt("evt_a_1", 1, 1.0, 5, Verdict.DELIVERED, 204)
FAILED = Attempt("evt_a_1", 1, 1.0, 5, Verdict.RETRY, 0, Failure.TLS, "no such \ud800 name")


def test_the_first_failure_is_when_it_began_to_fail() -> None:
    condition = Condition()
    assert condition.attempted(FAILED, 10.0) == {
        "last_status": 0, "last_failure_at": 10.0, "last_error": "tls no such ? name", "failing_since": 10.0,
    }  # fmt: skip
    assert "failing_since" not in condition.attempted(FAILED, 20.0)
    assert condition.failing_since == 10.0


def test_whatever_it_takes_ends_that() -> None:
    condition = Condition()
    assert condition.attempted(TAKEN, 5.0) == {"last_status": 204, "last_success_at": 5.0}
    condition.attempted(FAILED, 10.0)
    assert condition.attempted(TAKEN, 20.0)["failing_since"] == ""
    assert condition.failing_since is None


def test_the_next_owner_goes_on_from_what_was_written() -> None:
    condition = Condition()
    assert condition.go_on_from({b"failing_since": b"12.5", b"breaker": b"open"}) == {"breaker": "closed"}
    assert condition.failing_since == 12.5
    assert condition.go_on_from({b"failing_since": b""}) == {}
    assert condition.failing_since is None


def test_a_breaker_that_stays_closed_is_not_worth_a_word() -> None:
    condition = Condition()
    assert condition.moved("closed", "closed", 1.0) == {}
    assert condition.moved("closed", "open", 10.0) == {"breaker": "open"}
    assert condition.moved("half_open", "open", 30.0) == {"breaker": "open"}
    assert condition.moved("half_open", "closed", 50.0) == {"breaker": "closed"}
    assert condition.broken_for(50.0) == 40.0
