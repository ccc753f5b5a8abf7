"""The state of an endpoint, in a word, with its reason and numbers."""

from typing import Any

import pytest

from engine.api.console.endpoint_view import endpoint_view, failure_words
from tests.api.console.endings import endpoint

QUIET = {"waiting": 0, "slow": 0, "dead": 0}


@pytest.mark.parametrize(
    ("more", "health", "state", "words"),
    [
        ({}, {}, "active", ""),
        ({}, {"breaker": "closed", "delivered": "5"}, "active", ""),
        ({}, {"breaker": "open", "failing_since": "1"}, "breaker open", "left alone"),
        ({}, {"breaker": "half_open"}, "trying again", "One request"),
        ({}, {"failing_since": "1", "last_error": "timeout 10 s"}, "failing", "no answer in time (10 s)"),
        ({"is_active": False, "disabled_reason": "paused"}, {"breaker": "open"}, "paused", "by hand"),
        ({"is_active": False, "disabled_reason": "gone"}, {}, "disabled", "410"),
        ({"is_active": False, "disabled_reason": "failing"}, {}, "disabled", "for days"),
    ],
)
def test_states(more: dict[str, Any], health: dict[str, str], state: str, words: str) -> None:
    seen = endpoint_view(endpoint(**more), health, QUIET)
    assert seen.state == state
    assert words in seen.why
    assert (seen.why == "") == (state == "active")


@pytest.mark.parametrize(
    ("delivered", "failed", "text"),
    [
        ("0", "0", "nothing sent yet"),
        ("1", "0", "100 %"),
        ("1999", "1", "99.9 %"),
        ("99999", "1", "99.9 %"),
        ("0", "3", "0 %"),
    ],
)
def test_a_rate_is_never_rounded_up_to_all(delivered: str, failed: str, text: str) -> None:
    assert endpoint_view(endpoint(), {"delivered": delivered, "failed": failed}, QUIET).rate_text == text


def test_numbers() -> None:
    health = {"last_success_at": "17.5", "last_failure_at": "odd"}
    seen = endpoint_view(endpoint(), health, {"waiting": 3, "slow": 4, "dead": 5}, list(range(100, 0, -1)))
    assert (seen.queued, seen.dead) == (7, 5)
    assert (seen.last_success, seen.last_failure) == (17.5, 0.0)
    assert (seen.p50, seen.p99) == (51, 100)
    assert endpoint_view(endpoint(), {}, QUIET, []).p50 is None
    assert endpoint_view(endpoint(), {}, QUIET, [7]).p99 == 7


def test_failures_in_words() -> None:
    assert failure_words("status", 503) == "status 503"
    assert failure_words("tls", 0) == "no secure connection"
    assert failure_words("new kind", 0) == "new kind"
