"""A flow as loaded: immutable, every part with its place in the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.core.signals import Json
from engine.flow.expression import Expression
from engine.flow.fields import TargetValue
from engine.flow.kind import Kind

VariableType = Literal["string", "digits", "number", "bool", "map", "list", "file", "datetime"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the author's files: line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class StepNode:
    """One step of a block: its kind with its fields, and what stands beside the kind."""

    kind: Kind
    place: Place
    name: str = ""
    when: Expression | None = None
    on_error: Mapping[str, TargetValue] = field(default_factory=dict)
    siblings: Mapping[str, TargetValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A named list of steps."""

    name: str
    steps: tuple[StepNode, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable, input or output. A `secret` one never reaches logs, events or traces."""

    name: str
    type: VariableType = "string"
    default: Json = None
    secret: bool = False
    description: str = ""
    required: bool = True
    place: Place = Place("", 0, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call in this flow; `max_duration` in seconds, visits per block between two caller inputs."""

    max_steps: int = 500
    max_duration: float = 3600.0
    max_visits: int = 20


@dataclass(frozen=True, slots=True)
class FlowEvents:
    """What happens aside from the steps: blocks for hang-up, errors, the time limit, and keys that always work."""

    hangup: str = ""
    error: str = ""
    timeout: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow file."""

    name: str
    start: str
    blocks: Mapping[str, Block]
    place: Place
    description: str = ""
    languages: tuple[str, ...] = ()
    inputs: Mapping[str, Variable] = field(default_factory=dict)
    outputs: Mapping[str, Variable] = field(default_factory=dict)
    vars: Mapping[str, Variable] = field(default_factory=dict)
    limits: Limits = Limits()
    events: FlowEvents = FlowEvents()
    tenant: str = "default"
    """Whose flow it is, and whose the calls that begin with it are."""
