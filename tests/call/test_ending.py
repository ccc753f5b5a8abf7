"""What call.ended says."""

import pytest

from engine.call.ending import Ending


def test_the_first_reason_counts() -> None:
    ending = Ending(started=10.0, cause="ALLOTTED_TIMEOUT")
    ending.because("limit.duration")
    ending.because("the switch did not confirm the end")
    assert ending.fields(15.5, 12.0, {"a": 1}) == {
        "cause": "ALLOTTED_TIMEOUT", "ended_by": "engine", "reason": "limit.duration", "duration_ms": 5500,
        "answered_ms": 3500, "tags": {"a": 1},
    }  # fmt: skip


def test_a_call_never_answered_was_answered_for_no_time() -> None:
    fields = Ending(started=1.0, cause="ORIGINATOR_CANCEL", by_them=True).fields(2.0, 0.0, {})
    assert fields["answered_ms"] == 0
    assert fields["ended_by"] == "caller"


@pytest.mark.parametrize(
    ("cause", "by_them", "ended_by"),
    [("USER_BUSY", False, "callee"), ("CALL_REJECTED", False, "callee"), ("NO_USER_RESPONSE", True, "engine"),
     ("NO_ANSWER", False, "engine"), ("USER_NOT_REGISTERED", False, "engine")],
)  # fmt: skip
def test_a_ring_in_vain_was_ended_by_whom_its_cause_says(cause: str, by_them: bool, ended_by: str) -> None:
    ending = Ending(them="callee")
    ending.gone(cause, by_them, in_vain=True)
    assert (ending.cause, ending.fields(2.0, 0.0, {})["ended_by"]) == (cause, ended_by)
    ending.gone("NORMAL_CLEARING", True, in_vain=False)
    assert ending.fields(2.0, 0.0, {})["ended_by"] == "callee"


def test_whom_we_rang_is_the_callee() -> None:
    assert Ending(by_them=True, them="callee").fields(2.0, 0.0, {})["ended_by"] == "callee"
