"""How flows run: jumps, inline steps, other flows, the ends of a call, hang-up and time-out blocks."""

from engine.core.effects import Play
from engine.flow.runner import Position, Runner
from tests.flow.playbook import Tell, bundle_of, errors, run, run_steps, talk, talk_steps, told


def test_every_step_is_told_with_its_place() -> None:
    call = talk_steps("- answer:\n- log: hello\n  name: greeting\n- hangup: ")
    assert told(call, "flow.step")[1] == {
        "flow": "main", "block": "go", "step": 1, "kind": "log", "name": "greeting", "line": 6,
    }  # fmt: skip
    started = {"flow": "main", "bundle": call.runner._state.facts.bundle_id, "file": "ivr_flows/0.flow.yaml"}
    assert told(call, "flow.started") == [started]
    assert told(call, "flow.finished") == [{"flow": "main", "result": "hangup"}]


def test_the_position_is_the_running_step() -> None:
    call = run_steps("- log: a\n- pause: 1s")
    assert call.runner.position == Position("main", "go", 1, "pause", 6)


def test_flows_that_are_being_run_are_found_by_their_names() -> None:
    sub = "flow: sub\nvars: {x: {default: in}}\nstart: a\nblocks: {a: [pause: 1s, return: ]}\n"
    call = run(bundle_of("flow: main\nvars: {x: {default: out}}\nstart: a\nblocks: {a: [call: sub, pause: 1s]}\n", sub))
    frames = [call.runner.frame_of(name) for name in ("main", "sub", "other")]
    assert [frame.vars if frame else None for frame in frames] == [{"x": "out"}, {"x": "in"}, None]
    call.time_out()
    assert call.runner.frame_of("sub") is None


def test_a_step_whose_when_is_false_is_skipped() -> None:
    call = talk_steps("- play: a\n  when: 1 > 2\n- play: b\n  when: 2 > 1\n- hangup: ")
    assert call.heard == ["b"]
    assert len(told(call, "flow.step")) == 2


def test_inline_steps_continue_after_the_step_that_holds_them() -> None:
    call = talk_steps('- if: "true"\n  then: [{play: a}, {play: b}]\n- play: c\n- hangup: ')
    assert call.heard == ["a", "b", "c"]


def test_next_goes_on_and_leaves_an_inline_list() -> None:
    call = talk_steps('- if: "true"\n  then: [{play: a}, {goto: next}, {play: b}]\n- play: c\n- hangup: ')
    assert call.heard == ["a", "b", "c"]


def test_repeat_in_the_steps_of_a_choice_means_the_menu() -> None:
    call = talk_steps(
        '- menu: {prompt: m, choices: {"1": [{play: a}, {if: "true", then: [{goto: repeat}]}], "2": here}}'
    )
    call.press("1")
    call.press("2")
    assert call.heard == ["m", "a", "m", "at here"]


def test_repeat_by_a_branching_step_starts_its_block_again() -> None:
    call = talk_steps(
        "- set: {n: '${vars.n + 1}'}\n- play: a\n- if: vars.n < 3\n  then: repeat\n- hangup: ",
        vars="{n: {type: number, default: 0}}",
    )
    assert call.heard == ["a"] * 3


def test_a_block_that_ends_without_a_way_on_is_an_error() -> None:
    assert errors(talk_steps("- play: a")) == ["flow.dead_end"]
    assert errors(talk_steps("- goto: nowhere")) == ["flow.dead_end"]


def test_the_ends_of_a_flow() -> None:
    for steps, how, cause in (
        ("- hangup: USER_BUSY", "hangup", "USER_BUSY"),
        ("- goto: hangup", "hangup", "NORMAL_CLEARING"),
        ("- goto: return", "finished", "NORMAL_CLEARING"),
        ("- return: {}", "finished", "NORMAL_CLEARING"),
    ):
        result = talk_steps(steps).result
        assert result is not None
        assert (result.how, result.cause) == (how, cause)


OTHER = "flow: other\nstart: a\nblocks: {a: [{play: other}, {return: }]}\n"


def test_going_to_another_flow_does_not_come_back() -> None:
    call = talk("flow: main\nstart: a\nblocks: {a: [{goto: 'flow:other'}, {play: back}]}\n", OTHER)
    assert call.heard == ["other"]
    assert [fields["flow"] for fields in told(call, "flow.started")] == ["main", "other"]
    assert told(call, "flow.finished") == [{"flow": "main", "result": "goto"}, {"flow": "other", "result": "finished"}]


def test_going_away_from_a_called_flow_leaves_its_caller_too() -> None:
    middle = "flow: middle\nstart: a\nblocks: {a: [{goto: 'flow:other'}]}\n"
    call = talk("flow: main\nstart: a\nblocks: {a: [{call: middle}, {play: back}, {hangup: }]}\n", middle, OTHER)
    assert call.heard == ["other"]


def test_flows_that_go_round_in_circles_are_stopped() -> None:
    one = "flow: main\nstart: a\nblocks: {a: [{goto: 'flow:two'}]}\n"
    two = "flow: two\nstart: a\nblocks: {a: [{goto: 'flow:main'}]}\n"
    assert errors(talk(one, two)) == ["limit.steps"]


def test_a_flow_that_does_not_exist_gets_the_apology() -> None:
    call = talk_steps("- goto: flow:nobody")
    assert errors(call) == ["flow.dead_end"]
    assert "technical problem" in call.heard[0]
    assert errors(talk(OTHER, flow="nobody")) == ["flow.dead_end"]


def test_inputs_that_do_not_fit_get_the_apology() -> None:
    call = talk("flow: main\ninputs: {n: {type: number}}\nstart: a\nblocks: {a: [{hangup: }]}\n", inputs={"n": "x"})
    assert errors(call) == ["expr.type"]


WRAP = """
flow: main
vars: {reason: {type: string, default: "none"}}
events: {hangup: wrap_up}
start: go
blocks:
  go:
    - set: {reason: asked}
    - menu: {prompt: m, choices: {"1": inner, "2": hangup}}
  inner:
    - call: child
  wrap_up:
    - play: nobody hears this
    - tag: {reason: "${vars.reason}"}
    - goto: more
  more:
    - http: {url: "http://x.test/bye", wait_prompt: unheard, wait_after: 0s}
      on_error: {any: next}
    - log: "${vars.nothing}"
    - tag: {never: reached}
"""
CHILD = """
flow: child
events: {hangup: done}
start: a
blocks:
  a: [menu: {prompt: child, choices: {"1": a}}]
  done: [{event: child.gone}, {hangup: }, {tag: {not: reached}}]
"""


def test_the_hangup_block_runs_when_the_caller_hangs_up() -> None:
    call = talk(WRAP, CHILD)
    call.hang_up()
    assert call.runner.tags == {"reason": "asked"}
    assert call.heard == ["m"]
    assert len(call.requests) == 1
    assert errors(call) == ["http.connect", "expr.undefined"]
    assert call.result is not None
    assert call.result.how == "caller_hangup"


def test_hangup_blocks_run_innermost_first() -> None:
    call = talk(WRAP, CHILD)
    call.press("1")
    call.hang_up()
    kinds = [event.type for event in call.events if event.type in ("flow.event", "call.tagged")]
    assert kinds == ["flow.event", "call.tagged"]
    assert call.runner.tags == {"reason": "asked"}


def test_the_hangup_block_also_runs_when_the_flow_hangs_up() -> None:
    call = talk(WRAP, CHILD)
    call.press("2")
    assert call.runner.tags == {"reason": "asked"}


def test_without_a_hangup_block_there_is_nothing_to_run() -> None:
    call = run_steps("- pause: 1s\n- hangup: ")
    call.steps.close()
    assert call.runner.hangup_steps() is None


def test_the_timeout_block_runs_when_the_time_is_over() -> None:
    text = """
    flow: main
    limits: {max_duration: 10s}
    events: {timeout: over}
    start: go
    blocks:
      go: [{pause: 60s}, {hangup: }]
      over: [{play: time is over}, {hangup: NORMAL_UNSPECIFIED}]
    """
    call = talk(text)
    assert call.heard == ["time is over"]
    assert call.result is not None
    assert call.result.cause == "NORMAL_UNSPECIFIED"
    without = talk(text.replace("events: {timeout: over}", ""))
    assert without.heard == []
    assert without.result is not None
    assert without.result.cause == "ALLOTTED_TIMEOUT"
    assert talk(text).runner.time_limit == 10.0


def test_before_the_first_step_nothing_is_known() -> None:
    call = talk_steps("- hangup: ")
    fresh = Runner(
        call.runner._state.bundle, call.runner._state.facts, call.runner._state.hands, "main", {}, lambda: 0.0
    )
    assert fresh.position is None
    assert fresh.timeout_steps() is None
    assert fresh.hangup_steps() is None
    assert fresh.variables == {}
    assert fresh.refusal_sip == 0
    fresh.recording = "/a.wav"
    fresh.answered = True
    assert (fresh.recording, fresh.answered, fresh.language, dict(fresh.session), dict(fresh.tags)) == (
        "/a.wav", True, "en", {}, {},
    )  # fmt: skip


def test_prompts_are_in_the_first_language_of_the_project() -> None:
    call = run_steps("- play: hallo\n- hangup: ", project="languages: [de, en]")
    assert isinstance(call.last_ask, Play)
    assert call.last_ask.prompt[0].language == "de"  # type: ignore[union-attr]


def test_a_call_sent_elsewhere_leaves_all_its_flows() -> None:
    middle = "flow: middle\nstart: a\nevents: {hangup: a}\nblocks: {a: [{pause: 1s}, {hangup: }]}\n"
    main = "flow: main\nstart: a\nblocks: {a: [{call: middle}, {play: back}, {hangup: }]}\n"
    call = run(bundle_of(main, middle, OTHER))
    call.steps.close()
    call.runner.aim("other", {})
    before = len(call.requests)
    next(call.runner.run())
    told = [request for request in call.requests[before:] if isinstance(request, Tell)]
    told_of = [(tell.type, tell.fields["flow"], tell.fields.get("result")) for tell in told[:3]]
    assert told_of == [
        ("flow.finished", "middle", "sent"), ("flow.finished", "main", "sent"), ("flow.started", "other", None),
    ]  # fmt: skip
    assert call.runner.hangup_steps() is None, "a block of a flow that was left"
