from tests.flow.playbook import talk_steps, told


def test_tags_are_told_and_kept_without_secrets() -> None:
    call = talk_steps(
        "- set: {pin: '4711'}\n- tag: {reason: billing, n: '${1 + 1}', pin: '${vars.pin}'}\n- tag: {n: 3}\n- hangup: ",
        vars="{pin: {secret: true}}",
    )
    assert told(call, "call.tagged") == [{"tags": {"reason": "billing", "n": 2, "pin": "[secret]"}}, {"tags": {"n": 3}}]
    assert call.runner.tags == {"reason": "billing", "n": 3, "pin": "[secret]"}
