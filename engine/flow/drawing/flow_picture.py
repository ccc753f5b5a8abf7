"""Draws flows with their blocks as boxes: every step a row, every way out of it a line with what leads there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.flow.checked_project import targets_of
from engine.flow.document import Block, Flow, StepNode
from engine.flow.drawing.branch_words import branch_label, branch_way
from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row, Way
from engine.flow.drawing.step_words import StepWords
from engine.flow.drawing.tally import Tally
from engine.flow.fields import Jump, TargetValue
from engine.flow.flow_graph import handles
from engine.flow.prompt import PromptTable

MOST_FOLDED = 2
"""Steps of a branch that are told on its line; a branch with more of them is a box of its own."""
ELSEWHERE = "flow:"
_ORDER: tuple[Way, ...] = ("call", "choice", "way", "miss", "error")


def flow_picture(flow: Flow, prompts: PromptTable | None = None, tally: Tally | None = None) -> Picture:
    """One flow. `prompts` give the words callers hear, `tally` what the boxes are shaded by."""
    group = flow_group(flow, Places([flow]), prompts, tally)
    return Picture(flow.name, flow.description, (replace(group, title=""),), tally.shows if tally else "")


def flow_group(flow: Flow, places: "Places", prompts: PromptTable | None = None, tally: Tally | None = None) -> Group:
    """The boxes of one flow among others."""
    boxes = _FlowBoxes(flow, places, StepWords(prompts), tally)
    return Group(flow.name, tuple(boxes.all()), flow.description)


class Places:
    """The boxes of all blocks of a picture: their ids, which hold nothing that an author wrote."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        flows = list(flows)
        names = [(flow.name, block) for flow in flows for block in flow.blocks]
        self._ids = {name: f"b{number}" for number, name in enumerate(names, 1)}
        self._starts = {flow.name: self._ids.get((flow.name, flow.start), "") for flow in flows}

    def block(self, flow: str, block: str) -> str:
        """The box of a block; empty when it is not in the picture."""
        return self._ids.get((flow, block), "")

    def start(self, flow: str) -> str:
        """The box where a flow starts; empty when the flow is not in the picture."""
        return self._starts.get(flow, "")


@dataclass(slots=True)
class _Branch:
    """A box made of the steps of a branch."""

    id: str
    title: str
    steps: tuple[StepNode, ...]


class _FlowBoxes:
    """Makes the boxes of one flow."""

    def __init__(self, flow: Flow, places: Places, words: StepWords, tally: Tally | None) -> None:
        self._flow = flow
        self._places = places
        self._words = words
        self._tally = tally
        self._branches: list[_Branch] = []
        self._made = 0
        self._block: Block | None = None

    def all(self) -> Iterator[Box]:
        """Every block, each followed by the boxes of its branches."""
        roles = _roles(self._flow)
        for block in self._flow.blocks.values():
            self._block = block
            self._made = 0
            own = self._places.block(self._flow.name, block.name)
            heat, badge = self._tally.block_heat(self._flow, block) if self._tally else (None, "")
            rows = self._rows(block.steps, own)
            yield Box(own, block.name, rows, roles=tuple(roles.get(block.name, ())), heat=heat, badge=badge)
            while self._branches:
                branch = self._branches.pop(0)
                yield Box(branch.id, branch.title, self._rows(branch.steps, own, inside=True), "branch")

    def _rows(self, steps: tuple[StepNode, ...], own: str, *, inside: bool = False) -> tuple[Row, ...]:
        rows = [self._row(step, own) for step in steps]
        if inside and (not steps or not steps[-1].kind.final):
            assert self._block is not None
            rows.append(Row("", "", (Exit("", f"goes on in {self._block.name}"),)))
        return tuple(rows)

    def _row(self, step: StepNode, own: str) -> Row:
        kind: Any = step.kind
        exits = []
        for path, target, _ in targets_of(step):
            leads = self._exit(step, branch_label(step, path), branch_way(path), target, own)
            exits.append(replace(leads, ran=self._tally.went(self._flow, step, path) if self._tally else None))
        if kind.word == "call":
            exits.insert(0, Exit("", f"flow {kind.flow}", self._places.start(kind.flow), "call"))
        exits += self._unanswered(step)
        ends = kind.final and not exits
        ran = self._tally.ran(self._flow, step) if self._tally else None
        return Row(kind.word, self._words.of(step), tuple(_merged(exits)), ends, ran)

    def _exit(self, step: StepNode, label: str, way: Way, target: TargetValue, own: str) -> Exit:
        if isinstance(target, Jump):
            return self._jump(label, way, target)
        folded = _folded(target.steps)
        if folded is None:
            self._made += 1
            assert self._block is not None
            branch = _Branch(f"{own}_{self._made}", f"{self._block.name}: {label or step.kind.word}", target.steps)
            self._branches.append(branch)
            return Exit(label, "", branch.id, way)
        before, last = folded
        note = "; ".join(f"{each.kind.word} {self._words.of(each)}".strip() for each in before)
        return replace(self._jump(label, way, last), note=note)

    def _jump(self, label: str, way: Way, target: Jump) -> Exit:
        name = target.name
        match name:
            case "next":
                return Exit(label, "goes on", "", way)
            case "repeat":
                return Exit(label, "again", "", way)
            case "return":
                return Exit(label, "return", "", way, end=True)
            case "hangup":
                return Exit(label, "hang up", "", way, end=True)
        if name.startswith(ELSEWHERE):
            other = name.removeprefix(ELSEWHERE)
            return Exit(label, f"flow {other}", self._places.start(other), way, end=True)
        return Exit(label, name, self._places.block(self._flow.name, name), way)

    def _unanswered(self, step: StepNode) -> Iterator[Exit]:
        """What follows too many failures of an input step that does not say."""
        for name in ("no_input", "invalid"):
            failure = getattr(step.kind, name, None)
            if failure is not None and failure.then is None and not handles(step, f"input.{name}"):
                label = name.replace("_", " ")
                handler = self._flow.events.error
                if handler:
                    yield Exit(label, handler, self._places.block(self._flow.name, handler), "error")
                else:
                    yield Exit(label, "error", "", "error", end=True)


def _roles(flow: Flow) -> dict[str, list[str]]:
    """How the blocks are reached without a jump."""
    events = flow.events
    roles: dict[str, list[str]] = {flow.start: ["start"]}
    for role, name in (("on hang-up", events.hangup), ("on errors", events.error), ("on time-out", events.timeout)):
        if name:
            roles.setdefault(name, []).append(role)
    for key, name in events.keys.items():
        roles.setdefault(name, []).append(f"key {key} at any time")
    return roles


def _folded(steps: tuple[StepNode, ...]) -> tuple[tuple[StepNode, ...], Jump] | None:
    """A branch that is told on its line: a few steps nobody hears, then a jump. None when it is more than that."""
    before, last = steps, Jump("next")
    if steps and steps[-1].kind.word == "goto" and steps[-1].when is None:
        target = steps[-1].kind.target  # type: ignore[attr-defined]
        if not isinstance(target, Jump):
            return None
        before, last = steps[:-1], target
    if len(before) > MOST_FOLDED:
        return None
    for step in before:
        kind = step.kind
        if kind.media or kind.waits or kind.final or kind.word == "call" or step.when or any(targets_of(step)):
            return None
    return before, last


def _merged(exits: Iterable[Exit]) -> list[Exit]:
    """Ways out that lead to the same for the same reason, as one; what a caller chooses first, errors last."""
    found: dict[Exit, list[str]] = {}
    for each in exits:
        found.setdefault(replace(each, label=""), []).append(each.label)
    merged = [replace(each, label=", ".join(filter(None, labels))) for each, labels in found.items()]
    return sorted(merged, key=lambda each: _ORDER.index(each.way))
