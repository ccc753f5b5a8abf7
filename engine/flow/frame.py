"""What a running call remembers: what all its flows share, and one frame for each flow that is being run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.core.errors import FlowError
from engine.core.signals import HttpReply, Json
from engine.core.steps import Hands
from engine.flow.facts import CallFacts, FlowResult
from engine.flow.variable import checked, initial

if TYPE_CHECKING:  # the bundle is made of flows, a frame runs one of them
    from engine.flow.bundle import Bundle
    from engine.flow.document import Flow, StepNode
    from engine.flow.view import View

RECORDINGS = "/var/lib/switchboard/recordings"


@dataclass(slots=True)
class CallState:
    """What all flows of one call share. `recording` is the path of a running recording of the whole call."""

    bundle: "Bundle"
    facts: CallFacts
    hands: Hands
    clock: Callable[[], float]
    switches: Mapping[str, str]
    recordings_root: str
    language: str
    session: dict[str, Json]
    session_secrets: set[str] = field(default_factory=set)
    secret_values: set[str] = field(default_factory=set)
    tags: dict[str, Json] = field(default_factory=dict)
    cache: dict[str, tuple[float, HttpReply]] = field(default_factory=dict)
    recording: str = ""
    recordings: int = 0
    answered: bool = False
    alive: bool = True
    ending: FlowResult | None = None
    _call: dict[str, Json] | None = None

    @property
    def call(self) -> dict[str, Json]:
        """What expressions know as `call`; made when first asked for."""
        if self._call is None:
            self._call = {**self.facts.as_map(self.bundle.project.timezone), "language": self.language}
        return self._call

    def speak(self, language: str) -> None:
        """From now on the caller hears prompts in this language."""
        self.language = language
        self.call["language"] = language


@dataclass(slots=True)
class Frame:
    """One flow being run: its variables, where it is, and what it has used up of its limits.

    `holder` is the `call` step of the parent that waits for it; `holders` are those of its steps whose inline steps
    are being run, outermost first. `handling` is true from the moment `events.error` took over until the caller presses
    a key.
    """

    flow: "Flow"
    inputs: dict[str, Json]
    vars: dict[str, Json]
    parent: "Frame | None" = None
    holder: "StepNode | None" = None
    saved: dict[str, Json] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    outputs: dict[str, Json] = field(default_factory=dict)
    secret_outputs: bool = False
    error: dict[str, Json] | None = None
    block: str = ""
    index: int = 0
    node: "StepNode | None" = None
    holders: "list[StepNode]" = field(default_factory=list)
    steps: int = 0
    began: float = 0.0
    visits: dict[str, int] = field(default_factory=dict)
    handling: bool = False
    view: "View | None" = field(default=None, compare=False, repr=False)

    def stack(self) -> "list[Frame]":
        """This frame and those that called it, innermost first."""
        found, frame = [self], self
        while frame.parent is not None:
            frame = frame.parent
            found.append(frame)
        return found


def open_frame(
    flow: "Flow", given: Mapping[str, Json], now: float, parent: Frame | None = None, holder: "StepNode | None" = None
) -> Frame:
    """A flow about to be run with these inputs. Raises FlowError for inputs it has not or of another type."""
    inputs = {name: initial(variable) for name, variable in flow.inputs.items()}
    for name, value in given.items():
        variable = flow.inputs.get(name)
        if variable is None:
            raise FlowError("expr.undefined", f"the flow {flow.name} has no input {name}")
        inputs[name] = checked(value, variable, name)
    variables = {name: initial(variable) for name, variable in flow.vars.items()}
    return Frame(flow, inputs, variables, parent=parent, holder=holder, began=now)
