from tests.flow.playbook import errors, talk_steps

VARS = "{n: {type: number, default: 1}, text: {}, who: {type: map}, pin: {secret: true}, copy: {}}"


def test_values_keep_their_types_and_are_stored_in_order() -> None:
    call = talk_steps(
        "- set: {n: '${vars.n + 1}', text: 'n is ${vars.n}', who: {a: ['${vars.n}']}, session.vip: true}\n- hangup: ",
        vars=VARS,
    )
    assert call.runner.variables["n"] == 2
    assert call.runner.variables["text"] == "n is 2"
    assert call.runner.variables["who"] == {"a": [2]}
    assert call.runner.session == {"vip": True}


def test_a_value_of_another_type_is_an_error() -> None:
    assert errors(talk_steps("- set: {n: '5'}", vars=VARS)) == ["expr.type"]
    assert errors(talk_steps("- set: {n: '${session.missing}'}", vars=VARS)) == ["expr.undefined"]
    assert errors(talk_steps("- set: {unknown: 5}", vars=VARS)) == ["expr.undefined"]


def test_what_is_made_from_a_secret_stays_one() -> None:
    call = talk_steps(
        "- set: {pin: '12', copy: 'x${vars.pin}', session.kept: '${vars.copy}'}\n"
        "- log: '${vars.copy}'\n- log: '${session.kept}'\n- set: {copy: plain}\n- log: '${vars.copy}'\n- hangup: ",
        vars=VARS,
    )
    assert [line.text for line in call.lines if line.what == "log"] == [
        "info: [secret]",
        "info: [secret]",
        "info: plain",
    ]
