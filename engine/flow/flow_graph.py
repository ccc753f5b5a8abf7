"""The ways through a flow: which step can follow which. For the checks that look for dead ends, loops, lost steps."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow.document import Block, Flow, StepNode
from engine.flow.fields import Inline, Jump, TargetValue

RETURN, HANGUP, AWAY, END, ERROR = -1, -2, -3, -4, -5
"""Where a way can leave the flow: back to the caller flow, the end of the call, another flow, the end of a block
without a jump, an error that nothing in the flow handles."""
WAYS_OUT = frozenset({RETURN, HANGUP, AWAY, END, ERROR})


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a step: to a step by its number, or out of the flow. `silent` when no key of the caller leads it.

    `why` names the field that leads there, as `no_input.then`; `next` for the next step.
    """

    to: int
    why: str
    silent: bool = True


@dataclass(slots=True)
class FlowGraph:
    """Steps by number, with their blocks, how deep in inline lists they are, and the ways out of each."""

    flow: Flow
    steps: list[StepNode] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)
    """Block to its first step."""

    @staticmethod
    def of(flow: Flow) -> "FlowGraph":
        """The graph of a flow. A jump to a block that does not exist leads nowhere."""
        graph = FlowGraph(flow)
        for block in flow.blocks.values():
            if block.steps:
                graph.starts[block.name] = len(graph.steps)
                graph._number(block, block.steps, 0)
            else:
                graph.starts[block.name] = END
        numbers = {id(step): number for number, step in enumerate(graph.steps)}
        for block in flow.blocks.values():
            graph._connect(block.steps, END, (), numbers, graph.starts[block.name])
        return graph

    def _number(self, block: Block, steps: tuple[StepNode, ...], depth: int) -> None:
        for step in steps:
            self.steps.append(step)
            self.blocks.append(block)
            self.depths.append(depth)
            self.edges.append([])
            for target in _own_targets(step):
                if isinstance(target, Inline):
                    self._number(block, target.steps, depth + 1)

    def _connect(
        self,
        steps: tuple[StepNode, ...],
        after: int,
        holders: tuple[StepNode, ...],
        numbers: Mapping[int, int],
        start: int,
    ) -> None:
        for place, step in enumerate(steps):
            following = numbers[id(steps[place + 1])] if place + 1 < len(steps) else after
            edges = self.edges[numbers[id(step)]]
            if continues(step):
                edges.append(Edge(following, "next"))
            repeats = next((holder for holder in (step, *reversed(holders)) if not holder.kind.branches), None)
            again = start if repeats is None else numbers[id(repeats)]
            for why, target in named_targets(step):
                silent = is_silent(step, why)
                if isinstance(target, Inline):
                    first = numbers[id(target.steps[0])] if target.steps else following
                    edges.append(Edge(first, why, silent))
                    self._connect(target.steps, following, (*holders, step), numbers, start)
                else:
                    to = self._jump(target, following, again)
                    if to is not None:
                        edges.append(Edge(to, why, silent))
            edges.extend(self._input_errors(step))
            edges.extend(_ends(step))

    def _jump(self, target: Jump, following: int, again: int) -> int | None:
        match target.name:
            case "next":
                return following
            case "repeat":
                return again
            case "return":
                return RETURN
            case "hangup":
                return HANGUP
        return AWAY if target.name.startswith("flow:") else self.starts.get(target.name)

    def _input_errors(self, step: StepNode) -> Iterator[Edge]:
        """What follows too many failures of an input step that does not say."""
        for name in ("no_input", "invalid"):
            failure = getattr(step.kind, name, None)
            if failure is not None and failure.then is None and not handles(step, f"input.{name}"):
                handler = self.starts.get(self.flow.events.error, ERROR)
                yield Edge(handler, f"{name}.then", name == "no_input")

    def reachable(self, roots: Iterable[str], without: Collection[int] = ()) -> set[int]:
        """The steps (and ways out) that can be reached from some blocks without passing `without`."""
        return self.reached_from([self.starts[name] for name in roots if name in self.starts], without)

    def reached_from(self, numbers: Iterable[int], without: Collection[int] = ()) -> set[int]:
        """The steps (and ways out) that can be reached from some steps, those included, without passing `without`."""
        found: set[int] = set()
        stack = [number for number in numbers if number not in without]
        while stack:
            number = stack.pop()
            if number in found:
                continue
            found.add(number)
            if number >= 0:
                stack.extend(edge.to for edge in self.edges[number] if edge.to not in without)
        return found

    @property
    def roots(self) -> list[str]:
        """The blocks that run without a jump to them."""
        events = self.flow.events
        named = (self.flow.start, events.error, events.hangup, events.timeout, *events.keys.values())
        return [name for name in named if name]

    @property
    def with_way_out(self) -> set[int]:
        """The steps from which the call can end or leave the flow."""
        before: dict[int, list[int]] = {}
        for number, edges in enumerate(self.edges):
            for edge in edges:
                before.setdefault(edge.to, []).append(number)
        found: set[int] = set()
        stack = list(WAYS_OUT)
        while stack:
            for number in before.get(stack.pop(), ()):
                if number not in found:
                    found.add(number)
                    stack.append(number)
        return found

    @property
    def is_complete(self) -> bool:
        """Whether every jump leads to a block there is."""
        words = ("next", "repeat", "return", "hangup")
        targets = [target for step in self.steps for target in _own_targets(step) if isinstance(target, Jump)]
        known = {*self.flow.blocks, *words}
        return known.issuperset(self.roots) and all(
            target.name in known or target.name.startswith("flow:") for target in targets
        )

    def cycles(self, numbers: Collection[int], follow: Callable[[int, Edge], bool]) -> list[list[int]]:
        """The groups of steps among `numbers` that lead into each other by the edges to `follow`, in file order."""
        inside = set(numbers)
        ways = {
            number: [edge.to for edge in self.edges[number] if edge.to in inside and follow(number, edge)]
            for number in inside
        }
        return [sorted(group) for group in _components(ways) if len(group) > 1 or group[0] in ways[group[0]]]


def continues(step: StepNode) -> bool:
    """Whether the next step of the list can follow by itself."""
    if step.when is not None:
        return True
    kind: Any = step.kind
    match kind.word:
        case "menu" | "transfer":
            return False
        case "if":
            return not {"then", "else"} <= set(step.siblings)
        case "hours":
            return kind.open is None
        case "switch":
            return kind.default is None
    return not kind.final


def _ends(step: StepNode) -> Iterator[Edge]:
    """The ways out of the flow that a step takes itself."""
    kind: Any = step.kind
    if kind.word == "return":
        yield Edge(RETURN, "return")
    elif kind.final and not any(True for _ in kind.targets()):
        yield Edge(HANGUP, kind.word)
    elif kind.word == "transfer" and kind.mode == "blind":
        yield Edge(AWAY, "transfer")


def named_targets(step: StepNode) -> Iterator[tuple[str, TargetValue]]:
    """Every target of a step with the field that holds it, as `no_input.then`."""
    for path, target in step.kind.targets():
        yield ".".join(map(str, path)), target
    for name, target in step.siblings.items():
        yield name, target
    for name, target in step.on_error.items():
        yield f"on_error.{name}", target


def _own_targets(step: StepNode) -> Iterator[TargetValue]:
    return (target for _, target in named_targets(step))


def is_silent(step: StepNode, why: str) -> bool:
    """Whether a caller who presses nothing can be led this way."""
    field = why.partition(".")[0]
    if field in ("choices", "invalid", "empty"):
        return False
    return not (step.kind.word == "collect" and field == "too_short") and field != "on_error"


def handles(step: StepNode, error: str) -> bool:
    """Whether a step's own `on_error` catches an error of this name."""
    return any(name == "any" or error == name or error.startswith(f"{name}.") for name in step.on_error)


def _components(ways: Mapping[int, list[int]]) -> list[list[int]]:
    """The strongly connected components of a graph (Tarjan), without recursion."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    found: list[list[int]] = []
    for root in sorted(ways):
        if root in index:
            continue
        work: list[tuple[int, Iterator[int]]] = [(root, iter(ways[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            number, following = work[-1]
            for to in following:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    on_stack.add(to)
                    work.append((to, iter(ways[to])))
                    break
                if to in on_stack:
                    low[number] = min(low[number], index[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[number])
                if low[number] == index[number]:
                    group = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        group.append(member)
                        if member == number:
                            break
                    found.append(group)
    return found
