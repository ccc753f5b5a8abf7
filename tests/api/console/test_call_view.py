"""A call's record in words."""

from typing import Any

import pytest

from engine.api.console.call_view import call_view
from tests.api.console.lively import NOW, ended, record


def test_a_live_call_is_shown_with_its_place_in_the_flow() -> None:
    seen = call_view(record(), NOW + 90)
    assert (seen.who, seen.caller_name, seen.called, seen.direction) == (
        "+442079460123", "Ada", "+442079460000", "Inbound",
    )  # fmt: skip
    assert (seen.flow, seen.flow_now, seen.block, seen.step, seen.kind) == ("support", "", "greet", "3 (main)", "menu")
    assert seen.at == "ivr_flows/support.flow.yaml:14"
    assert (seen.live, seen.seconds, seen.outcome) == (True, 90.0, "")


def test_a_flow_it_was_sent_to_is_told_apart_from_the_first() -> None:
    assert call_view(record(place={"flow": "survey", "block": "a", "step": 0}), NOW).flow_now == "survey"


def test_a_call_without_a_place_or_a_caller_is_shown_too() -> None:
    seen = call_view(record(place=None, caller="", caller_name=""), NOW)
    assert (seen.who, seen.block, seen.step, seen.at) == ("unknown", "", "", "")


@pytest.mark.parametrize(
    ("known", "state"),
    [
        (record(answered_at=None), "ringing"),
        (record(), "answered"),
        (record(bridged_at="2026-11-20T22:00:00Z"), "talking"),
        (ended(), "ended"),
        (ended(answered_at=None), "unanswered"),
        (ended(error={"error": "x", "handled_by": ""}), "failed"),
        (ended(error={"error": "x", "handled_by": "block sorry"}), "ended"),
    ],
)
def test_states(known: dict[str, Any], state: str) -> None:
    assert call_view(known, NOW).state == state


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "The caller hung up"),
        ({"ended_by": "callee"}, "The other party hung up"),
        ({"ended_by": "engine", "reason": "closed"}, "Switchboard ended it, closed"),
        ({"ended_by": "", "cause": ""}, "Ended"),
        ({"ended_by": "callee", "cause": "USER_BUSY"}, "The other party hung up, user busy"),
    ],
)
def test_how_it_ended(more: dict[str, Any], words: str) -> None:
    seen = call_view(ended(**more), NOW)
    assert seen.outcome == words
    assert seen.seconds == 65.0


def test_a_record_of_nothing_but_an_id_does_not_break_a_page() -> None:
    seen = call_view({"id": "x", "state": "ended"}, NOW)
    assert (seen.id, seen.who, seen.seconds, seen.state) == ("x", "unknown", 0.0, "unanswered")
