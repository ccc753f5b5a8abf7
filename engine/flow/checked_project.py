"""What the checks look at: a project as it was read, with the place of everything in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from engine.flow.builtin import SOURCES
from engine.flow.dialplan import Dialplan
from engine.flow.document import Block, Flow, Place, StepNode
from engine.flow.expression import Expression
from engine.flow.fields import Inline, TargetValue
from engine.flow.flow_graph import FlowGraph
from engine.flow.project import PROJECT_FILE, Project
from engine.flow.prompt import PromptSpec, PromptTable
from engine.flow.source_map import Path, SourceMap
from engine.flow.template import Template


@dataclass(frozen=True, slots=True)
class StepText:
    """A text or expression of a step. `beside` when it stands beside the kind's key and not under it."""

    step: StepNode
    path: Path
    text: Template | Expression
    beside: bool = False

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression in it."""
        if isinstance(self.text, Expression):
            return (self.text,)
        return tuple(expression for _, expression in self.text.expressions)


@dataclass(frozen=True, slots=True)
class CheckedProject:
    """A project to be checked. `broken` are the files with errors: what they lack may be the error's doing."""

    project: Project
    flows: Mapping[str, Flow]
    prompts: PromptTable
    dialplan: Dialplan
    map: SourceMap
    broken: frozenset[str]
    unreadable: frozenset[str] = frozenset()
    """Names of flows whose files could not be read."""
    _graphs: dict[str, FlowGraph] = field(default_factory=dict, repr=False)
    _steps: dict[str, list[tuple[Block, StepNode]]] = field(default_factory=dict, repr=False)

    def graph(self, flow: Flow) -> FlowGraph:
        """The ways through a flow, found once."""
        if flow.name not in self._graphs:
            self._graphs[flow.name] = FlowGraph.of(flow)
        return self._graphs[flow.name]

    def steps(self, flow: Flow) -> list[tuple[Block, StepNode]]:
        """Every step of a flow with its block, found once."""
        if flow.name not in self._steps:
            self._steps[flow.name] = list(steps_of(flow))
        return self._steps[flow.name]

    @property
    def own_flows(self) -> Iterator[Flow]:
        """The flows of the author's, without the built-in ones."""
        return (flow for flow in self.flows.values() if flow.place.file not in SOURCES)

    @property
    def whole_flows(self) -> Iterator[Flow]:
        """Those among them whose files have no errors."""
        return (flow for flow in self.own_flows if flow.place.file not in self.broken)

    @property
    def is_whole(self) -> bool:
        """Whether no file at all has errors."""
        return not self.broken

    def project_place(self, path: Path, *, key: bool = False) -> Place:
        """A place in project.yaml."""
        return self.map.in_file(PROJECT_FILE, path, key=key)

    def text_place(self, found: StepText, column: int = 0) -> Place:
        """Where a text stands; with a `column` of it (from 1), that column where it is known."""
        offset = column - 1 if column else None
        if found.beside:
            return self.map.beside_step(found.step, found.path, offset=offset)
        return self.map.in_step(found.step, found.path, offset=offset)


def steps_of(flow: Flow) -> Iterator[tuple[Block, StepNode]]:
    """Every step of a flow with its block, those of inline lists too."""
    for block in flow.blocks.values():
        for step in block.steps:
            yield from ((block, found) for found in within(step))


def within(step: StepNode) -> Iterator[StepNode]:
    """A step and all the steps of its inline lists."""
    yield step
    for _, target, _ in targets_of(step):
        if isinstance(target, Inline):
            for inner in target.steps:
                yield from within(inner)


def targets_of(step: StepNode) -> Iterator[tuple[Path, TargetValue, bool]]:
    """Every target of a step with its path, and whether it stands beside the kind's key."""
    for path, target in step.kind.targets():
        yield path, target, False
    for name, target in step.siblings.items():
        yield (name,), target, True
    for name, target in step.on_error.items():
        yield ("on_error", name), target, True


def texts_of(step: StepNode) -> Iterator[StepText]:
    """Every text and expression of a step."""
    if step.when is not None:
        yield StepText(step, ("when",), step.when, beside=True)
    for path, text in step.kind.texts():
        yield StepText(step, path, text)


def prompts_of(step: StepNode) -> Iterator[tuple[Path, PromptSpec]]:
    """Every prompt in the fields of a step, with its path."""
    for name in type(step.kind).model_fields:
        yield from _find_prompts((name,), getattr(step.kind, name))


def _find_prompts(path: Path, value: Any) -> Iterator[tuple[Path, PromptSpec]]:
    if isinstance(value, PromptSpec):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _find_prompts((*path, name), getattr(value, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _find_prompts((*path, index), item)
