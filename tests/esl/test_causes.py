"""Hang-up causes: only names FreeSWITCH knows, because it takes any other for a normal end."""

import pytest

from engine.core.errors import UnsafeTextError
from engine.esl.causes import CAUSES, checked_cause
from tests.esl import recorded


@pytest.mark.parametrize("cause", ["USER_BUSY", "NORMAL_CLEARING", "CALL_REJECTED", "ALLOTTED_TIMEOUT", "CRASH"])
def test_a_cause_is_given_back(cause: str) -> None:
    assert checked_cause(cause) == cause


@pytest.mark.parametrize("cause", ["", "user_busy", "BUSY", "USER_BUSY ", "USER_BUSY\n", "17", "USER_BUSY all"])
def test_anything_else_is_refused(cause: str) -> None:
    with pytest.raises(UnsafeTextError):
        checked_cause(cause)


def test_every_cause_freeswitch_was_heard_to_give_is_known() -> None:
    heard = {
        event["Hangup-Cause"]
        for scenario in recorded.SCENARIOS
        for event in recorded.events(scenario, "CHANNEL_HANGUP_COMPLETE")
    }
    assert len(heard) > 5
    assert heard <= CAUSES
