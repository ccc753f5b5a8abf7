from tests.flow.author import assert_clean, assert_found

HANDLED = "no_input: {then: hangup}, invalid: {then: hangup}"
HEAD = "vars: {code: {type: digits}}\n"


def flow(step, head=""):
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n    - {step}\n"


def collect(fields, mark=""):
    step = f'collect: {{prompt: x, store: code, {fields}}}\n    - log: "${{vars.code}}"\n    - hangup:'
    return flow(mark + step, HEAD)


def test_missing_no_input():
    assert_found("missing-no-input", flow('§menu: {prompt: x, choices: {"1": hangup}, invalid: {then: hangup}}'))
    assert_found("missing-no-input", collect("invalid: {then: hangup}", "§"))
    assert_clean("missing-no-input", flow(f'menu: {{prompt: x, choices: {{"1": hangup}}, {HANDLED}}}'))
    assert_clean("missing-no-input", flow('menu: {prompt: x, choices: {"1": hangup}}\n      on_error: {input: hangup}'))


def test_missing_invalid():
    assert_found("missing-invalid", flow('§menu: {prompt: x, choices: {"1": hangup}, no_input: {then: hangup}}'))
    assert_clean("missing-invalid", flow(f'menu: {{prompt: x, choices: {{"1": hangup}}, {HANDLED}}}'))


def test_ambiguous_choices():
    found = assert_found(
        "ambiguous-choices", flow(f'menu: {{prompt: x, choices: {{§"1": hangup, "12": hangup}}, {HANDLED}}}')
    )
    assert found.message == 'after "1" the menu waits for "12"'
    assert_clean("ambiguous-choices", flow(f'menu: {{prompt: x, choices: {{"1": hangup, "22": hangup}}, {HANDLED}}}'))


def test_shadowed_global_key():
    head = 'events: {keys: {"0": a}}\n'
    assert_found("shadowed-global-key", flow(f'menu: {{prompt: x, choices: {{§"0": hangup}}, {HANDLED}}}', head))
    assert_clean("shadowed-global-key", flow(f'menu: {{prompt: x, choices: {{"1": hangup}}, {HANDLED}}}', head))


def test_bad_choice_key():
    assert_found("bad-choice-key", flow(f"menu: {{prompt: x, choices: {{§a: hangup}}, {HANDLED}}}"))
    assert_clean("bad-choice-key", flow(f'menu: {{prompt: x, choices: {{1: hangup, "*": hangup}}, {HANDLED}}}'))


def test_terminator_is_choice():
    assert_found("terminator-is-choice", collect(f'terminators: §"#5", {HANDLED}'))
    assert_found("terminator-is-choice", collect(f'confirm: §{{prompt: y, yes: "1", no: "1"}}, {HANDLED}'))
    assert_clean("terminator-is-choice", collect(f'terminators: "#*", confirm: {{prompt: y}}, {HANDLED}'))


def test_length_impossible():
    assert_found("length-impossible", collect(f"length: §{{min: 5, max: 2}}, {HANDLED}"))
    found = assert_found("length-impossible", collect(f'length: 4, pattern: §"[0-9]{{6}}", {HANDLED}'))
    assert found.message == "no entry can fit: the pattern wants 6 keys, the length is 4 to 4"
    assert_found("length-impossible", collect(f'length: {{min: 8, max: 9}}, pattern: §"[0-9]{{1,6}}", {HANDLED}'))
    assert_clean("length-impossible", collect(f'length: {{min: 4, max: 8}}, pattern: "[0-9]{{6}}", {HANDLED}'))


def test_patterns_of_entries():
    assert_found("bad-pattern", collect(f'pattern: §"[0-9", {HANDLED}'))
    assert_found("slow-pattern", collect(f'pattern: §"((1{{100}}){{100}})", {HANDLED}'))
    assert_clean("bad-pattern", collect(f'pattern: "[1-9][0-9]*", {HANDLED}'))


def test_switch_without_default():
    assert_found("switch-without-default", flow("§switch: {value: call.caller, cases: {x: hangup}}\n    - hangup:"))
    assert_clean("switch-without-default", flow("switch: {value: call.caller, cases: {x: hangup}, default: hangup}"))
