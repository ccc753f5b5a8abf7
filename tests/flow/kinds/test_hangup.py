from engine.flow.facts import FlowResult
from tests.flow.playbook import talk_steps


def test_a_last_prompt_and_a_cause() -> None:
    call = talk_steps("- hangup: {prompt: Goodbye, cause: USER_BUSY}")
    assert call.heard == ["Goodbye"]
    assert call.result == FlowResult("hangup", "USER_BUSY")
    assert talk_steps("- hangup: ").result == FlowResult("hangup", "NORMAL_CLEARING")
