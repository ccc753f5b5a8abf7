"""Whether every step can be reached, and every step can reach an end."""

from collections.abc import Iterator

from engine.flow.checked_project import CheckedProject
from engine.flow.finding import Finding
from engine.flow.flow_graph import END, FlowGraph
from engine.flow.rule import rule

DEAD_END = rule("dead-end", "error", "A block ends without saying where to go on.")
UNREACHABLE_STEP = rule("unreachable-step", "error", "A step stands behind one that never goes on to it.")
UNREACHABLE_BLOCK = rule("unreachable-block", "warning", "No step goes to a block.")
NO_WAY_OUT = rule("no-way-out", "error", "From a step the call can never end but by the caller hanging up.")
DEEP_NESTING = rule("deep-nesting", "warning", "Steps are written within steps more than two deep.")


def check(project: CheckedProject) -> Iterator[Finding]:
    """What cannot be reached or left. Flows with errors are passed over: what they lack may be the error's doing."""
    for flow in project.whole_flows:
        graph = project.graph(flow)
        yield from _nesting(graph)
        if not graph.is_complete:
            continue
        reached = graph.reachable(graph.roots)
        yield from _lost(graph, reached)
        yield from _dead_ends(graph)
        yield from _traps(graph, reached)


def _nesting(graph: FlowGraph) -> Iterator[Finding]:
    for number, depth in enumerate(graph.depths):
        if depth == 3 and (number == 0 or graph.depths[number - 1] < 3):
            message = "steps within steps within steps; make this list a block of its own"
            yield DEEP_NESTING.at(graph.steps[number].place, message)


def _lost(graph: FlowGraph, reached: set[int]) -> Iterator[Finding]:
    lost_blocks = {name for name, start in graph.starts.items() if start >= 0 and start not in reached}
    for name in lost_blocks:
        block = graph.flow.blocks[name]
        yield UNREACHABLE_BLOCK.at(block.place, f'nothing goes to the block "{name}"')
    inside = graph.reachable([*graph.roots, *lost_blocks])
    for number, step in enumerate(graph.steps):
        first = number == 0 or number - 1 in inside or graph.blocks[number - 1] is not graph.blocks[number]
        if number not in inside and first:
            yield UNREACHABLE_STEP.at(
                step.place, f"{step.kind.word} is never reached: the step before it goes elsewhere"
            )


def _dead_ends(graph: FlowGraph) -> Iterator[Finding]:
    events = graph.flow.events
    after_the_call = {name for name in (events.hangup, events.timeout) if name}
    roots = [name for name in graph.roots if name not in after_the_call]
    for number in sorted(graph.reachable(roots)):
        if number < 0:
            continue
        ends = [edge for edge in graph.edges[number] if edge.to == END]
        if ends:
            step, block = graph.steps[number], graph.blocks[number]
            why = "" if ends[0].why == "next" else f" ({ends[0].why})"
            message = f'the block "{block.name}" ends here{why} without saying where to go; add goto, return or hangup'
            yield DEAD_END.at(step.place, message)


def _traps(graph: FlowGraph, reached: set[int]) -> Iterator[Finding]:
    """Steps from which no way out can be reached; told once for each group of them."""
    with_way_out = graph.with_way_out
    trapped = {number for number in reached if number >= 0 and number not in with_way_out}
    told: set[int] = set()
    for number in sorted(trapped):
        if number not in told:
            told |= graph.reached_from([number])
            block = graph.blocks[number].name
            message = f'from here (block "{block}") the call never ends by itself: no hangup, return or transfer'
            yield NO_WAY_OUT.at(graph.steps[number].place, message)
