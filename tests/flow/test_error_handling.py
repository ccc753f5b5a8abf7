import pytest

from engine.flow.error_handling import error_names, matching
from engine.flow.fields import Jump
from tests.flow.playbook import errors, talk, talk_steps, told


def test_the_names_a_handler_may_have() -> None:
    assert error_names("http.status.503") == ("http.status.503", "http.5xx", "http.status", "http")
    assert error_names("input.no_input") == ("input.no_input", "input")
    assert error_names("odd") == ("odd",)


def test_the_longest_name_handles_and_any_is_last() -> None:
    handlers = {name: Jump(name) for name in ("any", "http", "http.5xx", "http.status.404")}
    assert matching(handlers, "http.status.404") == Jump("http.status.404")
    assert matching(handlers, "http.status.500") == Jump("http.5xx")
    assert matching(handlers, "http.timeout") == Jump("http")
    assert matching(handlers, "expr.type") == Jump("any")
    assert matching({"http": Jump("a")}, "expr.type") is None


CHILD = """
flow: child
start: a
blocks:
  a:
    - log: "${session.nothing}"
    - return: {}
"""
FAILING = 'flow: main\nstart: a\nblocks: {a: [{log: "${session.nothing}"}]}\n'
FAILS = '- log: "${session.nothing}"'


def test_first_the_step_itself() -> None:
    call = talk_steps(FAILS + "\n  on_error: {expr.undefined: here}", events="{error: there}")
    assert call.heard == ["at here"]
    assert told(call, "flow.error")[0]["handled_by"] == "on_error of main, line 6"


def test_then_the_step_that_holds_it() -> None:
    call = talk_steps(
        '- if: "true"\n  then: [{log: "${session.nothing}"}, {goto: there}]\n  on_error: {any: here}',
        events="{error: elsewhere}",
    )
    assert call.heard == ["at here"]


def test_then_the_step_that_called_the_flow() -> None:
    main = (
        "flow: main\nevents: {error: b}\nstart: a\nblocks:\n  a:\n    - call: child\n%s  b: [{play: b}, {hangup: }]\n"
    )
    held = talk(main % "      on_error: {expr: [{play: caught}, {goto: b}]}\n", CHILD)
    assert held.heard == ["caught", "b"]
    child_events = CHILD.replace("start: a", "start: a\nevents: {error: own}") + "  own: [{play: own}, {return: }]\n"
    outer_first = talk(main % "      on_error: {expr: b}\n", child_events)
    assert outer_first.heard == ["b"]


def test_then_events_error_of_the_inner_flow_before_the_outer() -> None:
    main = "flow: main\nevents: {error: b}\nstart: a\nblocks:\n  a: [{call: child}, {play: back}, {hangup: }]\n"
    main += "  b: [{play: b}, {hangup: }]\n"
    own = CHILD.replace("start: a", "start: a\nevents: {error: own}") + "  own: [{play: own}, {return: }]\n"
    assert talk(main, own).heard == ["own", "back"]
    assert talk(main, CHILD).heard == ["b"]


def test_then_the_projects_error_flow_which_knows_the_error() -> None:
    sorry = (
        'flow: sorry\nstart: a\nblocks: {a: [{play: "${error.name} in ${error.block} ${error.line}"}, {hangup: }]}\n'
    )
    call = talk(
        'flow: main\nstart: a\nblocks: {a: [{log: "${session.nothing}"}]}\n', sorry, project="error_flow: sorry"
    )
    assert call.heard == ["expr.undefined in a 3"]
    assert call.result is not None
    assert call.result.how == "hangup"


def test_at_last_the_built_in_apology_and_a_tag() -> None:
    call = talk_steps(FAILS)
    assert "technical problem" in call.heard[0]
    assert call.result is not None
    assert (call.result.how, call.result.cause) == ("error", "NORMAL_TEMPORARY_FAILURE")
    assert call.runner.tags == {"error": "expr.undefined"}
    assert told(call, "call.tagged") == [{"tags": {"error": "expr.undefined"}}]
    assert any(line.text == "answered" for line in call.lines)


def test_an_error_in_the_error_flow_goes_to_the_apology() -> None:
    sorry = 'flow: sorry\nstart: a\nblocks: {a: [{log: "${session.nothing}"}]}\n'
    call = talk(
        'flow: main\nstart: a\nblocks: {a: [{log: "${session.nothing}"}]}\n', sorry, project="error_flow: sorry"
    )
    assert errors(call) == ["expr.undefined", "expr.undefined"]
    assert "technical problem" in call.heard[0]


def test_an_error_inside_a_handler_goes_one_level_up() -> None:
    inline = talk_steps(FAILS + '\n  on_error: {any: [{log: "${session.more}"}]}', events="{error: here}")
    assert inline.heard == ["at here"]
    block = talk_steps(
        FAILS, events="{error: sorry}", more='sorry: [{play: sorry}, {log: "${session.more}"}, {hangup: }]'
    )
    assert block.heard[0] == "sorry"
    assert "technical problem" in block.heard[1]


def test_a_key_of_the_caller_ends_the_handling() -> None:
    call = talk_steps(
        FAILS,
        events="{error: sorry}",
        more='sorry: [{menu: {prompt: m, choices: {"1": next}}}, {log: "${session.more}"}, {hangup: }]',
    )
    call.press("1")
    assert call.heard == ["m", "m"]


def test_inside_a_handler_the_error_is_known() -> None:
    call = talk_steps(FAILS + '\n  on_error: {any: [{play: "${error.name}: ${error.message}"}, {hangup: }]}')
    assert call.heard[0].startswith("expr.undefined: session.nothing is not defined")


def test_a_limit_cannot_be_caught_by_the_flow_that_exceeded_it() -> None:
    loop = """
    flow: loop
    limits: {max_visits: 2}
    events: {error: b}
    start: a
    blocks:
      a:
        - goto: a
          on_error: {any: b}
      b: [{play: caught inside}, {return: }]
    """
    main = """
    flow: main
    start: a
    blocks:
      a:
        - call: loop
          on_error: {limit: b}
      b: [{play: b}, {hangup: }]
    """
    call = talk(main, loop)
    assert call.heard == ["b"]
    alone = talk(loop, flow="loop")
    assert "technical problem" in alone.heard[0]


@pytest.mark.parametrize("secret", ["true", "false"])
def test_messages_of_errors_hold_no_secrets(secret: str) -> None:
    call = talk_steps(
        "- set: {pin: '471147'}\n- transfer: 'user/${vars.pin} x'", vars=f"{{pin: {{type: digits, secret: {secret}}}}}"
    )
    told_of = told(call, "flow.error")[0]["message"]
    assert ("471147" in told_of) is (secret == "false")
