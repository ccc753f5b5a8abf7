import pytest

from engine.flow.hangup_cause import outcome_of, outcome_of_reply, weight


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("USER_BUSY", "busy"),
        ("NO_ANSWER", "no_answer"),
        ("NO_USER_RESPONSE", "no_answer"),
        ("ALLOTTED_TIMEOUT", "no_answer"),
        ("ORIGINATOR_CANCEL", "no_answer"),
        ("CALL_REJECTED", "rejected"),
        ("USER_NOT_REGISTERED", "unreachable"),
        ("UNALLOCATED_NUMBER", "unreachable"),
        ("NO_ROUTE_DESTINATION", "unreachable"),
        ("DESTINATION_OUT_OF_ORDER", "unreachable"),
        ("RECOVERY_ON_TIMER_EXPIRE", "unreachable"),
        ("NORMAL_TEMPORARY_FAILURE", "failed"),
        ("something new", "failed"),
        ("", "failed"),
    ],
)
def test_what_a_cause_means(cause: str, outcome: str) -> None:
    assert outcome_of(cause) == outcome


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("SIP/2.0 486 Busy Here", "busy"),
        ("486 Busy Here", "busy"),
        ("SIP/2.0 480 Temporarily Unavailable", "no_answer"),
        ("SIP/2.0 603 Decline", "rejected"),
        ("SIP/2.0 404 Not Found", "unreachable"),
        ("SIP/2.0 500 Server Internal Error", "failed"),
        ("", "failed"),
    ],
)
def test_what_a_sip_reply_means(reply: str, outcome: str) -> None:
    assert outcome_of_reply(reply) == outcome


def test_a_busy_party_tells_more_than_one_out_of_reach() -> None:
    assert min(("unreachable", "failed", "busy", "no_answer"), key=weight) == "busy"
