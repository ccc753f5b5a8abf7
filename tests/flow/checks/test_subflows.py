from tests.flow.author import assert_clean, assert_found

OTHER = """\
flow: other
inputs: {tries: {type: number, default: 3}, code: {type: digits}}
blocks: {a: [{log: "${inputs.tries} ${inputs.code}"}, {return: }]}
"""
HEAD = "vars: {n: {type: number, default: 1}, ok: {type: bool, default: true}, t: {default: x}}\n"


def flow(step, head=HEAD):
    uses = '    - log: "${vars.n} ${vars.ok} ${vars.t}"\n' if head == HEAD else ""
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n{uses}    - {step}\n    - hangup:\n"


def test_unknown_input():
    found = assert_found("unknown-input", flow("call: {flow: other, with: {code: '1', §trys: 3}}"), other=OTHER)
    assert 'the flow other has no input "trys", did you mean "tries"?' in found.message
    assert_clean("unknown-input", flow("call: {flow: other, with: {code: '1', tries: 3}}"), other=OTHER)


def test_missing_input():
    assert_found("missing-input", flow("call: {flow: §other, with: {tries: 3}}"), other=OTHER)
    found = assert_found("missing-input", flow("if: vars.ok\n      then: §flow:other"), other=OTHER)
    assert "call it instead" in found.message
    assert_clean("missing-input", flow("call: {flow: other, with: {code: '1'}}"), other=OTHER)


def test_input_type():
    for value in ("many", '"${vars.t}"', '"${vars.ok}"', '"a ${vars.n}"', "[1]"):
        bad = flow(f"call: {{flow: other, with: {{code: '1', tries: §{value}}}}}")
        assert_found("input-type", bad, other=OTHER)
    for value in ("3", '"${vars.n + 1}"', '"${call.headers.x}"'):
        assert_clean("input-type", flow(f"call: {{flow: other, with: {{code: '1', tries: {value}}}}}"), other=OTHER)


def test_subflow_language():
    other = "flow: other\nlanguages: [en]\nblocks: {a: [{return: }]}\n"
    settings = "languages: [en, fr]\n"
    found = assert_found("subflow-language", flow("call: §other", ""), other=other, project=settings)
    assert found.message == "the flow other does not speak fr"
    assert_clean("subflow-language", flow("call: other", "languages: [en]\n"), other=other, project=settings)


def test_unused_flow():
    other = "flow: §other\nblocks: {a: [{return: }]}\n"
    rules = "rules: [{flow: main}]\n"
    plain = flow("log: x", "")
    assert assert_found("unused-flow", plain, other=other, dialplans__main=rules).severity == "warning"
    clean = other.replace("§", "")
    assert_clean("unused-flow", plain, other=clean)
    assert_clean("unused-flow", flow("call: other", ""), other=clean, dialplans__main=rules)
    assert_clean("unused-flow", flow("if: call.caller\n      then: flow:other", ""), other=clean, dialplans__main=rules)
    assert_clean("unused-flow", plain, other=clean, dialplans__main=rules, project="error_flow: other\n")
    assert_clean("unused-flow", plain, other=clean, dialplans__main=rules + "unclaimed: other\n")
