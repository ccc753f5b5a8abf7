"""Loops that never end, or that nothing slows down; flows that call themselves for ever."""

from collections.abc import Iterator
from typing import Any

from engine.flow.checked_project import CheckedProject, texts_of
from engine.flow.document import StepNode
from engine.flow.finding import Finding
from engine.flow.flow_graph import WAYS_OUT, Edge, FlowGraph
from engine.flow.kinds.call import MAX_DEPTH
from engine.flow.rule import rule

BUSY_LOOP = rule("busy-loop", "error", "A loop has no step that takes the caller's time.")
ENDLESS_LOOP = rule("loop-without-limit", "warning", "A caller who presses nothing is led in a circle without end.")
RECURSIVE_CALL = rule("recursive-call", "error", "Flows call each other and none can return before.")


def check(project: CheckedProject) -> Iterator[Finding]:
    """Loops within flows, and circles of calls between them."""
    graphs = {flow.name: project.graph(flow) for flow in project.whole_flows}
    for graph in graphs.values():
        if graph.is_complete:
            yield from _busy(graph)
            yield from _endless(graph)
    yield from _recursive(graphs)


def _busy(graph: FlowGraph) -> Iterator[Finding]:
    reached = graph.reachable(graph.roots)
    quick = {number for number in reached if number >= 0 and not graph.steps[number].kind.waits}
    for cycle in graph.cycles(quick, lambda _, __: True):
        if not _counts(graph, cycle):
            message = f"loop without waiting for the caller: {_described(graph, cycle)}"
            yield BUSY_LOOP.at(graph.steps[cycle[0]].place, message)


def _endless(graph: FlowGraph) -> Iterator[Finding]:
    reached = {number for number in graph.reachable(graph.roots) if number >= 0}

    def goes_on(number: int, edge: Edge) -> bool:
        """An input step that was passed over in silence goes only where it says; it was not answered."""
        kind = graph.steps[number].kind
        return edge.silent and not (edge.why == "next" and kind.word == "collect")

    for cycle in graph.cycles(reached, goes_on):
        waits = any(graph.steps[number].kind.waits for number in cycle)
        leaves = any(edge.to not in cycle and goes_on(number, edge) for number in cycle for edge in graph.edges[number])
        if waits and not leaves and not _counts(graph, cycle):
            message = f"a caller who presses nothing goes round without end: {_described(graph, cycle)}"
            yield ENDLESS_LOOP.at(graph.steps[cycle[0]].place, message)


def _counts(graph: FlowGraph, cycle: list[int]) -> bool:
    """Whether the loop changes a variable and can leave by a condition on it: it is a counted one."""
    steps = [graph.steps[number] for number in cycle]
    stored = {place.removeprefix("session.") for step in steps for place in stored_by(step)}
    inside = set(cycle)
    for number in cycle:
        leaves = any(edge.to not in inside for edge in graph.edges[number])
        if leaves and any(path[-1] in stored for path in _conditions(graph.steps[number])):
            return True
    return False


def stored_by(step: StepNode) -> Iterator[str]:
    """The variables a step stores into, as they are written: `NAME` or `session.NAME`."""
    kind: Any = step.kind
    match kind.word:
        case "set":
            yield from kind.values
        case "http":
            yield from kind.save
    store = getattr(kind, "store", None)
    if isinstance(store, str):
        yield store


def _conditions(step: StepNode) -> Iterator[tuple[str, ...]]:
    """The names a step's choice of way depends on."""
    if step.when is not None:
        yield from (path[:2] for path in step.when.names)
    if step.kind.word in ("if", "switch"):
        for text in texts_of(step):
            for expression in text.expressions:
                yield from (path[:2] for path in expression.names)


def _described(graph: FlowGraph, cycle: list[int]) -> str:
    names = list(dict.fromkeys(graph.blocks[number].name for number in cycle))
    return " -> ".join([*names, names[0]])


def _recursive(graphs: dict[str, FlowGraph]) -> Iterator[Finding]:
    """Flows out of which no way leads but by calling another of them: the calls nest until the limit."""
    calls: dict[str, dict[int, str]] = {
        name: {
            number: step.kind.flow  # type: ignore[attr-defined]
            for number, step in enumerate(graph.steps)
            if step.kind.word == "call" and step.when is None
        }
        for name, graph in graphs.items()
    }
    endless = {name for name in graphs if calls[name]}
    changed = True
    while changed:
        changed = False
        for name in sorted(endless):
            graph = graphs[name]
            blocked = {number for number, flow in calls[name].items() if flow in endless}
            if not blocked or graph.reachable([graph.flow.start], blocked) & WAYS_OUT:
                endless.discard(name)
                changed = True
    for name in sorted(endless):
        graph = graphs[name]
        reached = graph.reachable([graph.flow.start])
        for number, flow in sorted(calls[name].items()):
            if flow in endless and number in reached:
                message = f"{_circle(name, calls, endless)}: no way returns before {MAX_DEPTH} calls are nested"
                yield RECURSIVE_CALL.at(graph.steps[number].place, message)
                break


def _circle(name: str, calls: dict[str, dict[int, str]], endless: set[str]) -> str:
    names = [name]
    while True:
        following = next(flow for _, flow in sorted(calls[names[-1]].items()) if flow in endless)
        names.append(following)
        if following in names[:-1]:
            return " calls ".join(names[names.index(following) :])
