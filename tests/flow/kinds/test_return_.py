from tests.flow.playbook import errors, talk

MAIN = """
flow: main
start: a
blocks:
  a: [{call: {flow: child, save: it}}, {play: "${it.ok} ${it.name}"}, {hangup: }]
"""
CHILD = """
flow: child
outputs: {ok: {type: bool}, name: {type: string, default: nobody}}
start: a
blocks: {a: [{return: %s}]}
"""


def test_outputs_go_to_the_caller_with_defaults_for_the_rest() -> None:
    assert talk(MAIN, CHILD % "{ok: true}").heard == ["true nobody"]
    assert talk(MAIN, CHILD % "{ok: '${1 > 2}', name: Anna}").heard == ["false Anna"]
    assert talk(MAIN, CHILD % "").heard == [" nobody"]


def test_an_output_of_another_type_is_an_error() -> None:
    assert errors(talk(MAIN, CHILD % "{ok: 1}")) == ["expr.type"]


def test_in_the_first_flow_the_call_ends() -> None:
    call = talk(CHILD % "{ok: true}", flow="child")
    assert call.result is not None
    assert call.result.how == "finished"
