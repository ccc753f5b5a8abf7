from tests.flow.playbook import errors, talk, told

CHILD = """
flow: child
inputs: {n: {type: number, default: 1}, pin: {type: string, secret: true}}
outputs: {twice: {type: number}, pin: {type: string, secret: true}}
vars: {own: {default: mine}}
start: a
blocks:
  a:
    - log: "${inputs.pin}"
    - set: {own: changed}
    - return: {twice: "${inputs.n * 2}", pin: "${inputs.pin}"}
"""


def main(call: str, after: str = "") -> str:
    head = "flow: main\nvars: {own: {default: ours}}\nstart: a\nblocks:\n  a:\n"
    return f"{head}    - call: {call}\n{after}    - hangup: \n"


def test_inputs_outputs_and_variables_of_their_own() -> None:
    after = '    - play: "${it.twice} ${vars.own}"\n'
    assert talk(main("{flow: child, with: {n: '${1 + 1}'}, save: it}", after), CHILD).heard == ["4 ours"]
    assert talk(main("{flow: child, save: it}", after), CHILD).heard == ["2 ours"]
    assert talk(main("child"), CHILD).result is not None


def test_secrets_stay_secret_on_the_way_in_and_out() -> None:
    call = talk(main("{flow: child, with: {pin: '47114711'}, save: it}", '    - log: "${it.twice}"\n'), CHILD)
    assert [line.text for line in call.lines if line.what == "log"] == ["info: [secret]", "info: [secret]"]


def test_the_flows_are_told_with_their_parent() -> None:
    call = talk(main("child"), CHILD)
    assert [fields.get("parent") for fields in told(call, "flow.started")] == [None, "main"]
    assert told(call, "flow.finished") == [{"flow": "child", "result": "return"}, {"flow": "main", "result": "hangup"}]


def test_what_does_not_fit_is_an_error() -> None:
    assert errors(talk(main("{flow: child, with: {n: 'x'}}"), CHILD)) == ["expr.type"]
    assert errors(talk(main("{flow: child, with: {nothing: 1}}"), CHILD)) == ["expr.undefined"]
    assert errors(talk(main("nobody"))) == ["expr.undefined"]


def test_eight_flows_may_be_within_each_other_and_no_more() -> None:
    deep = "flow: main\nvars: {}\ninputs: {left: {type: number, default: %d}}\nstart: a\nblocks:\n  a:\n"
    deep += "    - if: inputs.left <= 0\n      then: return\n"
    deep += "    - call: {flow: main, with: {left: '${inputs.left - 1}'}}\n    - return: {}\n"
    assert errors(talk(deep % 8)) == []
    assert errors(talk(deep % 9)) == ["limit.depth"]


def test_hanging_up_inside_ends_the_whole_call() -> None:
    call = talk(main("child"), "flow: child\nstart: a\nblocks: {a: [{hangup: USER_BUSY}]}\n")
    assert call.result is not None
    assert call.result.cause == "USER_BUSY"
