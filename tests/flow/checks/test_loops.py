from tests.flow.author import assert_clean, assert_found, findings_of, loaded, project


def flow(blocks, head="", name="main"):
    return f"flow: {name}\n{head}blocks:\n" + "\n".join("  " + line for line in blocks.strip("\n").splitlines()) + "\n"


def test_busy_loop():
    text = flow(
        "a:\n  - answer:\n  - if: call.caller\n    then: b\n  - hangup:\n"
        "b:\n  - §log: x\n  - goto: c\nc:\n  - goto: b\n"
    )
    found = assert_found("busy-loop", text)
    assert found.message == "loop without waiting for the caller: b -> c -> b"
    waiting = text.replace("- §log: x", "- play: x").replace(
        "- goto: b", "- if: call.trunk\n      then: b\n    - hangup:"
    )
    assert_clean("busy-loop", waiting)


def test_a_counted_loop_is_not_busy():
    text = flow(
        'a:\n  - answer:\n  - set: {n: "${vars.n + 1}"}\n  - if: vars.n < 3\n    then: a\n  - hangup:\n',
        "vars: {n: {type: number, default: 0}}\n",
    )
    assert_clean("busy-loop", text)
    uncounted = text.replace("if: vars.n < 3", "if: call.caller").replace("- answer", "- §answer")
    assert_found("busy-loop", uncounted)


def test_loop_without_limit():
    text = flow(
        'a:\n  - answer:\n  - goto: b\nb:\n  - §menu:\n      prompt: x\n      choices: {"1": hangup}\n'
        "      no_input: {then: c}\n      invalid: {then: hangup}\nc:\n  - play: again\n  - goto: b\n"
    )
    found = assert_found("loop-without-limit", text)
    assert "b -> c -> b" in found.message
    assert_clean(
        "loop-without-limit",
        text.replace("§", "").replace("- goto: b\n", "- hangup:\n").replace("- goto: b", "- goto: b"),
    )


def test_a_loop_that_a_key_leads_is_not_without_limit():
    text = flow(
        'a:\n  - answer:\n  - goto: b\nb:\n  - menu:\n      prompt: x\n      choices: {"1": c}\n'
        "      no_input: {then: hangup}\n      invalid: {then: hangup}\nc:\n  - play: again\n  - goto: b\n"
    )
    assert_clean("loop-without-limit", text)


def test_recursive_call():
    text = flow("a:\n  - answer:\n  - §call: main\n  - hangup:\n")
    found = assert_found("recursive-call", text)
    assert "main calls main" in found.message
    assert_clean(
        "recursive-call", flow("a:\n  - answer:\n  - if: call.caller\n    then: [{call: main}]\n  - hangup:\n")
    )


def test_flows_that_call_each_other():
    sources = project(
        flow("a:\n  - answer:\n  - call: other\n  - hangup:\n"),
        other=flow("a:\n  - call: main\n  - return:\n", name="other"),
        outside=flow("a:\n  - call: main\n  - return:\n", name="outside"),
    )
    found = findings_of("recursive-call", loaded(sources))
    assert [finding.place.file for finding in found] == [
        "ivr_flows/main.flow.yaml",
        "ivr_flows/other.flow.yaml",
        "ivr_flows/outside.flow.yaml",
    ]
    sources["ivr_flows/other.flow.yaml"] = flow(
        "a:\n  - if: call.caller\n    then: return\n  - call: main\n  - return:\n", name="other"
    )
    assert findings_of("recursive-call", loaded(sources)) == []


def test_a_chain_of_calls_is_no_circle():
    sources = project(
        flow("a:\n  - answer:\n  - call: other\n  - hangup:\n"),
        other=flow("a:\n  - play: x\n  - return:\n", name="other"),
    )
    assert findings_of("recursive-call", loaded(sources)) == []
