from engine.flow.flow_graph import AWAY, END, ERROR, HANGUP, RETURN, FlowGraph, handles
from tests.flow.playbook import bundle_of


def graph_of(blocks, head=""):
    text = f"flow: main\n{head}blocks:\n" + "\n".join("  " + line for line in blocks.strip().splitlines())
    return FlowGraph.of(bundle_of(text).flows["main"])


def ways(graph, number):
    return {(edge.why, edge.to) for edge in graph.edges[number]}


def test_steps_follow_each_other_and_jump():
    graph = graph_of("a:\n  - answer:\n  - goto: b\nb:\n  - play: hi\n")
    assert ways(graph, 0) == {("next", 1)}
    assert ways(graph, 1) == {("target", 2)}
    assert ways(graph, 2) == {("next", END)}
    assert graph.starts == {"a": 0, "b": 2}


def test_ways_out():
    graph = graph_of(
        "a:\n  - if: call.caller\n    then: return\n    else: hangup\n"
        "b:\n  - goto: flow:other\nc:\n  - hangup:\nd:\n  - return:\n"
    )
    assert ways(graph, 0) == {("then", RETURN), ("else", HANGUP)}
    assert ways(graph, 1) == {("target", AWAY)}
    assert ways(graph, 2) == {("hangup", HANGUP)}
    assert ways(graph, 3) == {("return", RETURN)}


def test_inline_steps_go_on_after_the_step_that_holds_them():
    graph = graph_of("a:\n  - if: call.caller\n    then: [{play: x}, {play: y}]\n  - hangup:\n")
    assert ways(graph, 0) == {("next", 3), ("then", 1)}
    assert ways(graph, 1) == {("next", 2)}
    assert ways(graph, 2) == {("next", 3)}
    assert graph.depths == [0, 1, 1, 0]


def test_a_step_with_a_condition_may_be_passed_over():
    graph = graph_of("a:\n  - goto: a\n    when: call.caller\n  - hangup:\n")
    assert ways(graph, 0) == {("next", 1), ("target", 0)}


def test_repeat_means_the_menu_from_its_choices_and_else_the_block():
    graph = graph_of(
        'a:\n  - answer:\n  - menu: {prompt: x, choices: {"1": repeat, "2": [{play: y}, {goto: repeat}]}}\n'
        "b:\n  - play: z\n  - goto: repeat\n"
    )
    assert ("choices.1", 1) in ways(graph, 1)
    assert ways(graph, 3) == {("target", 1)}
    assert ways(graph, 5) == {("target", 4)}


def test_a_menu_without_a_way_for_silence_ends_in_an_error():
    graph = graph_of('a:\n  - menu: {prompt: x, choices: {"1": a}, invalid: {then: a}}\n')
    assert ways(graph, 0) == {("choices.1", 0), ("invalid.then", 0), ("no_input.then", ERROR)}
    handled = graph_of('a:\n  - menu: {prompt: x, choices: {"1": a}}\n    on_error: {input: a}\n')
    assert ERROR not in {edge.to for edge in handled.edges[0]}
    caught = graph_of('a:\n  - menu: {prompt: x, choices: {"1": a}}\nb:\n  - hangup:\n', "events: {error: b}\n")
    assert ("no_input.then", 1) in ways(caught, 0)


def test_silence_leads_only_some_ways():
    graph = graph_of('a:\n  - menu: {prompt: x, choices: {"1": a}, no_input: {then: a}, invalid: {then: a}}\n')
    assert {edge.why for edge in graph.edges[0] if edge.silent} == {"no_input.then"}


def test_reaching_and_leaving():
    graph = graph_of("a:\n  - play: x\n  - goto: b\nb:\n  - play: y\n  - goto: a\nc:\n  - hangup:\n")
    assert graph.reachable(["a"]) == {0, 1, 2, 3}
    assert graph.reachable(["a"], without=[2]) == {0, 1}
    assert graph.with_way_out == {4}
    assert graph.cycles(range(5), lambda _, __: True) == [[0, 1, 2, 3]]


def test_many_blocks_are_no_problem():
    blocks = "\n".join(f"b{n}:\n  - play: x\n  - goto: b{(n + 1) % 3000}" for n in range(3000))
    graph = graph_of(blocks)
    assert len(graph.cycles(range(6000), lambda _, __: True)) == 1


def test_handlers_catch_by_the_beginning_of_a_name():
    graph = graph_of("a:\n  - play: x\n    on_error: {input: a, http.status: a}\n")
    step = graph.steps[0]
    assert handles(step, "input.no_input")
    assert handles(step, "http.status.404")
    assert not handles(step, "http.timeout")
    assert not handles(step, "inputs")
