import pytest

from tests.flow.author import assert_clean, assert_found

HEAD = """\
inputs: {who: {default: x}}
outputs: {ok: {type: bool}}
vars: {name: {default: Ann}, code: {type: digits}}
"""
USES = '    - log: "${vars.name} ${inputs.who}"\n    - set: {code: "1"}\n    - log: "${vars.code}"\n'


def flow(steps="", head=HEAD):
    body = "\n".join(f"    {line}" for line in steps.splitlines())
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n{USES}{body}\n    - return: {{ok: true}}\n"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ('- log: "hi ${§vars.nmae}"', 'vars.nmae is not declared, did you mean "name"?'),
        ("- if: call.caller and §vars.nmae\n  then: hangup", "not declared"),
        ('- log: "${default(§vars.nmae, 1)}"', "not declared"),
        ('- log: "${§inputs.hwo}"', 'did you mean "who"?'),
        ('- log: "${§inputs.name}"', "write vars.name"),
        ('- log: "${§vars.who}"', "write inputs.who"),
        ("- set: {§nmae: x}", 'nmae is not declared under vars, did you mean "name"?'),
        (
            "- collect: {prompt: x, store: §cod, no_input: {then: hangup}, invalid: {then: hangup}}",
            'did you mean "code"?',
        ),
        ('- http: {url: "https://x.example", save: {§cod: response.json}}\n  on_error: {any: hangup}', "not declared"),
    ],
)
def test_undeclared_variable(steps, told):
    assert told in assert_found("undeclared-variable", flow(steps)).message


def test_what_is_declared_is_fine():
    good = flow("- set: {name: x, session.y: 1}\n- log: \"${vars['name']} ${session.y}\"")
    assert_clean("undeclared-variable", good)
    assert_clean("undefined-variable", good)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ('- log: "${§name}"', '"name" is not defined here, write vars.name'),
        ('- log: "${§var.name}"', 'did you mean "vars"?'),
        ('- log: "${§call.caler}"', 'did you mean "caller"?'),
        ('- log: "${§error.nmae}"', 'did you mean "name"?'),
        ('- log: "${§session.vip}"', "never set by any flow"),
        ('- log: "${§value}"', "not defined here"),
        ('- log: "${§response.json}"', "not defined here"),
        (
            "- collect: {prompt: x, store: code, valid_when: §valu, no_input: {then: hangup}, invalid: {then: hangup}}",
            "",
        ),
    ],
)
def test_undefined_variable(steps, told):
    assert told in assert_found("undefined-variable", flow(steps)).message


@pytest.mark.parametrize(
    "steps",
    [
        '- log: "${call.caller} ${call.headers.x} ${error.name}"',
        '- log: "${default(session.vip, false)}"',
        "- collect: {prompt: x, store: code, valid_when: value, no_input: {then: hangup}, invalid: {then: hangup}}",
        '- http: {url: "https://x.example", save: {name: response.json.n}}\n  on_error: {any: hangup}',
    ],
)
def test_names_that_are_defined(steps):
    assert_clean("undefined-variable", flow(steps))


def test_a_session_variable_another_flow_sets_is_defined():
    other = "flow: other\nblocks: {a: [{set: {session.vip: true}}, {return: }]}\n"
    assert_clean("undefined-variable", flow('- log: "${session.vip}"'), other=other)
    assert_clean("undefined-variable", flow('- log: "${session.vip}"'), project="session: {vip: {type: bool}}\n")


def test_never_set():
    head = HEAD.replace("code: {type: digits}", "code: {type: digits}, empty: {}")
    found = assert_found("never-set", flow('- log: "${§vars.empty}"', head))
    assert "no default and nothing ever stores" in found.message
    assert_clean("never-set", flow('- log: "${vars.empty}"\n- set: {empty: x}', head))
    assert_clean("never-set", flow("- log: \"${default(vars.empty, 'x')}\"", head))


def test_unused_variable():
    head = HEAD.replace("vars: {", "vars: {§spare: {}, ")
    assert assert_found("unused-variable", flow("", head)).severity == "warning"
    assert_found("unused-variable", flow("- set: {spare: x}", head))
    assert_clean("unused-variable", flow('- set: {spare: x}\n- log: "${vars.spare}"', head.replace("§", "")))
    assert_clean("unused-variable", flow("- record: {store: spare}", head.replace("§", "")))
    assert_found("unused-variable", flow("", HEAD.replace("inputs: {", "inputs: {§spare: {default: x}, ")))
    assert_found("unused-variable", flow(), project="session: {§spare: {}}\n")


def test_unknown_output():
    other = "flow: other\noutputs: {ok: {type: bool}}\nblocks: {a: [{return: {ok: true}}]}\n"
    found = assert_found(
        "unknown-output", flow("- call: {flow: other, save: r}\n- if: §r.okay\n  then: hangup"), other=other
    )
    assert 'the flow other has no output okay, did you mean "ok"?' in found.message
    assert_clean("unknown-output", flow("- call: {flow: other, save: r}\n- if: r.ok\n  then: hangup"), other=other)
    assert_found("unknown-output", flow("- if: call.caller\n  then: [{return: {§okay: true}}]"))


def test_a_result_may_not_take_the_name_of_something_else():
    other = "flow: other\nblocks: {a: [{return: }]}\n"
    assert_found("reserved-name", flow("- call: {flow: other, save: §vars}"), other=other)


def test_names_in_the_words_of_prompts():
    prompts = "hello: Hi ${vars.name}\n§bye: Bye ${vars.nmae}\n"
    steps = "- play: [{id: hello}, {id: bye}]"
    assert_found("undeclared-variable", flow(steps), prompts__en=prompts)
    assert_clean("undeclared-variable", flow(steps), prompts__en="hello: Hi ${vars.name}\nbye: Bye\n")
