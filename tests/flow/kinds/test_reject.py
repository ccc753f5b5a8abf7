from engine.flow.facts import FlowResult
from tests.flow.playbook import run_steps


def test_it_refuses_as_busy_unless_told_otherwise() -> None:
    assert run_steps("- reject: ", answered=False).result == FlowResult("hangup", "USER_BUSY", 0)
    call = run_steps("- reject: CALL_REJECTED", answered=False)
    assert call.result == FlowResult("hangup", "CALL_REJECTED", 0)


def test_a_sip_status_can_be_named() -> None:
    call = run_steps("- reject: {cause: UNALLOCATED_NUMBER, sip: 404}", answered=False)
    assert call.result == FlowResult("hangup", "UNALLOCATED_NUMBER", 404)
    assert call.runner.refusal_sip == 404


def test_an_answered_call_is_hung_up_by_the_cause() -> None:
    assert run_steps("- reject: {sip: 486}").result == FlowResult("hangup", "USER_BUSY", 0)
