"""What an answer, or none, means for a delivery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.webhooks.attempt import (
    Attempt,
    Failure,
    Verdict,
    retry_after_seconds,
    verdict_of,
    verdict_of_failure,
)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED),
        (204, Verdict.DELIVERED),
        (299, Verdict.DELIVERED),
        (301, Verdict.REFUSED),
        (304, Verdict.REFUSED),
        (400, Verdict.REFUSED),
        (404, Verdict.REFUSED),
        (408, Verdict.RETRY),
        (410, Verdict.GONE),
        (429, Verdict.RETRY),
        (500, Verdict.RETRY),
        (503, Verdict.RETRY),
        (999, Verdict.RETRY),
        (101, Verdict.RETRY),
    ],
)
def test_statuses(status: int, verdict: Verdict) -> None:
    assert verdict_of(status) is verdict


def test_failures() -> None:
    assert verdict_of_failure(Failure.DENIED) is Verdict.REFUSED
    assert {verdict_of_failure(failure) for failure in Failure if failure is not Failure.DENIED} == {Verdict.RETRY}


@pytest.mark.parametrize(
    ("status", "failure", "reached"),
    [
        (200, Failure.NONE, True),
        (404, Failure.STATUS, True),
        (410, Failure.STATUS, True),
        (302, Failure.STATUS, True),
        (429, Failure.STATUS, False),
        (500, Failure.STATUS, False),
        (0, Failure.TIMEOUT, False),
        (0, Failure.DENIED, False),
        (200, Failure.TIMEOUT, False),
    ],
)
def test_whether_the_endpoint_is_up(status: int, failure: Failure, reached: bool) -> None:
    verdict = verdict_of(status) if failure in (Failure.NONE, Failure.STATUS) else verdict_of_failure(failure)
    attempt = Attempt("evt_1", 1, 0.0, 5, verdict, status, failure)
    assert attempt.reached is reached
    assert attempt.delivered is (status == 200 and failure is Failure.NONE)


@pytest.mark.parametrize("failure", list(Failure))
def test_an_event_is_unheard_when_no_connection_came_about(failure: Failure) -> None:
    attempt = Attempt("evt_1", 1, 0.0, 5, verdict_of_failure(failure), 0, failure)
    assert attempt.unheard is (failure in {Failure.DNS, Failure.CONNECT, Failure.TLS})


NOW = 1763631000.0  # Thu, 20 Nov 2025 09:30:00 GMT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Thu, 20 Nov 2025 09:31:30 GMT", 90.0),
        ("Thu, 20 Nov 2025 09:31:30 -0000", 90.0),
        ("Thu, 20 Nov 2025 09:00:00 GMT", 0.0),
        ("99999999999999999999", 7 * 86400.0),
        ("Thu, 20 Nov 9999 09:31:30 GMT", 7 * 86400.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("Thu, 99 Nov 2025 09:31:30 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(text, NOW) == seconds


@given(st.text())
def test_no_header_is_too_strange(text: str) -> None:
    seconds = retry_after_seconds(text, NOW)
    assert seconds is None or 0 <= seconds <= 7 * 86400.0
