import pytest

from tests.flow.author import assert_clean, assert_found

HEAD = "vars: {pin: {type: digits, default: '1'}, n: {type: number, default: 1}, name: {default: Ann}}\n"


def flow(steps):
    body = "\n".join(f"    {line}" for line in steps.splitlines())
    return f"flow: main\n{HEAD}blocks:\n  a:\n    - answer:\n{body}\n    - hangup:\n"


def test_digits_compared_with_number():
    found = assert_found("digits-compared-with-number", flow("- if: §vars.pin == 1234\n  then: hangup"))
    assert found.message == "vars.pin is text: compare with '1234' in quotes, or use int(...)"
    assert_clean("digits-compared-with-number", flow("- if: vars.pin == '1234' or int(vars.pin) == 7\n  then: hangup"))


def test_what_is_keyed_in_is_digits():
    step = "- collect: {prompt: x, store: pin, valid_when: %s, no_input: {then: hangup}, invalid: {then: hangup}}"
    assert_found("digits-compared-with-number", flow(step % "§value > 5"))
    assert_clean("digits-compared-with-number", flow(step % "int(value) > 5"))


@pytest.mark.parametrize(
    "steps",
    [
        '- log: "${§vars.name + vars.n}"',
        '- set: {n: "${§vars.name * 2}"}',
        "- if: call.caller and §vars.name > 2\n  then: hangup",
        '- log: "${upper(§vars.n)}"',
        '- log: "${§upper()}"',
    ],
)
def test_expr_type(steps):
    assert_found("expr-type", flow(steps))


def test_types_that_fit():
    assert_clean("expr-type", flow('- log: "${vars.name + str(vars.n)} ${upper(vars.pin)} ${vars.n * 2}"'))


@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        ("expr-syntax", '- log: "a ${vars.n §&& 1}"'),
        ("expr-unsupported", '- log: "${§vars.n ** 2}"'),
        ("unknown-function", '- log: "${§lowr(vars.name)}"'),
        ("bad-pattern", "- if: matches(vars.name, §'(')\n  then: hangup"),
        ("slow-pattern", "- if: matches(vars.name, §'(((a{99}){99}){99})')\n  then: hangup"),
    ],
)
def test_what_cannot_be_compiled(rule, steps):
    assert_found(rule, flow(steps))
    assert_clean(
        rule, flow('- log: "${lower(vars.name)} ${vars.n + 1}"\n- if: matches(vars.name, "a+")\n  then: hangup')
    )


def test_constant_condition():
    assert_found("constant-condition", flow("- if: §true\n  then: hangup"))
    assert_found("constant-condition", flow("- log: x\n  when: §1 > 2"))
    assert_found("constant-condition", flow("- switch: {value: §1, cases: {a: hangup}, default: next}"))
    assert_clean("constant-condition", flow("- if: weekday() == 'sun' or vars.n > 1\n  then: hangup\n- log: \"${1}\""))


def test_jinja_syntax():
    assert_found("jinja-syntax", flow('- log: "hi §{{ name }}"'))
    assert_found("jinja-syntax", flow("- play: {id: x}"), prompts__en='x: §"hi {{ name }}"\n')
    assert_clean("jinja-syntax", flow('- log: "hi ${vars.name}"'))
