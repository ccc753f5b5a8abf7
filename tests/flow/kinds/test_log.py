from engine.core.effects import WriteLog
from tests.flow.playbook import run_steps


def test_a_line_of_any_level_without_secrets() -> None:
    call = run_steps(
        "- set: {pin: '4711'}\n- log: 'from ${call.caller}'\n"
        "- log: {text: 'pin ${vars.pin}', level: warning}\n- hangup: ",
        vars="{pin: {secret: true}}",
    )
    assert call.effects == [WriteLog("info", "from +442079460123"), WriteLog("warning", "[secret]")]
