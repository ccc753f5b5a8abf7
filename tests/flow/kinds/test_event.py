from tests.flow.playbook import talk_steps, told


def test_an_event_of_the_authors_own_without_secrets() -> None:
    call = talk_steps(
        "- set: {pin: '4711'}\n- event: {name: order.placed, fields: {n: '${1 + 1}', deep: {pin: '${vars.pin}'}}}\n"
        "- event: seen\n- hangup: ",
        vars="{pin: {secret: true}}",
    )
    assert told(call, "flow.event") == [
        {"name": "order.placed", "fields": {"n": 2, "deep": {"pin": "[secret]"}}},
        {"name": "seen", "fields": {}},
    ]
