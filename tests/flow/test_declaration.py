from tests.flow.author import assert_clean, assert_found

FLOW = """\
flow: main
vars:
  {declared}
blocks:
  a:
    - answer:
    - log: "${{vars.x}}"
    - hangup:
"""


def test_a_default_must_fit_its_type():
    found = assert_found("schema", FLOW.format(declared="x: {type: number, default: §ten}"))
    assert found.message == "the default of x is a text, its type is number"
    assert_found("schema", FLOW.format(declared="x: {type: digits, default: §42}"))
    assert_clean("schema", FLOW.format(declared='x: {type: digits, default: "42"}'))


def test_types_and_fields_are_known():
    assert_found("schema", FLOW.format(declared="x: {type: §strng}"))
    assert_found("schema", FLOW.format(declared="x: {§kind: string}"))
    assert_clean("schema", FLOW.format(declared="x: {default: a}"))


def test_an_input_without_a_default_is_required():
    flow = FLOW.format(declared="x: {default: a}").replace("vars:\n", "inputs:\n  y: {type: number}\nvars:\n")
    assert_found(
        "missing-input",
        flow.replace("log: ", "log: ${inputs.y} "),
        dialplans__main="rules:\n- {number: '1', flow: §main}\n",
    )
