"""Who handles an error: the step's `on_error`, the steps that hold it, the calling steps, then `events.error`.

An error inside a handler goes one level up: a handler is never asked about its own errors. A limit cannot be caught by
the flow that exceeded it. What nobody handles is left to the project. (Reference: ivr-flows §4.5.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.errors import FlowError
from engine.core.signals import Json
from engine.flow.fields import Jump, TargetValue

if TYPE_CHECKING:  # frames and documents hold steps, and steps raise these errors
    from engine.flow.document import StepNode
    from engine.flow.frame import Frame


class LimitError(FlowError):
    """A flow used up one of its limits; `frame` is the running of that flow."""

    def __init__(self, name: str, message: str, frame: "Frame") -> None:
        super().__init__(name, message)
        self.frame = frame


@dataclass(frozen=True, slots=True)
class Remedy:
    """Where an error is handled: in `frame`, by the step `node` (None: by `events.error`), going on at `target`."""

    frame: "Frame"
    node: "StepNode | None"
    target: TargetValue
    described: str


class Unwinding(Exception):  # noqa: N818 - no error but the way back to who handles one
    """Carries the running of a call back to the handler of an error; None when the project must act.

    `scope` is what expressions in the handler know as `error`.
    """

    def __init__(self, handler: Remedy | None, error: FlowError, scope: dict[str, Json]) -> None:
        super().__init__(error.name)
        self.handler = handler
        self.error = error
        self.scope = scope


def error_names(name: str) -> tuple[str, ...]:
    """The names a handler of this error may have, longest first: itself, its class of HTTP status, its prefixes."""
    parts = name.split(".")
    found = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    if len(parts) == 3 and name.startswith("http.status."):
        found.insert(1, f"http.{parts[2][:1]}xx")
    return tuple(found)


def matching(on_error: Mapping[str, TargetValue], name: str) -> TargetValue | None:
    """The target an `on_error` gives for an error: of its longest matching name, `any` last."""
    for candidate in (*error_names(name), "any"):
        if candidate in on_error:
            return on_error[candidate]
    return None


def find_remedy(frame: "Frame", node: "StepNode | None", error: FlowError) -> Remedy | None:
    """What handles an error that came up in a step of `frame` (None: between its steps)."""
    frames = frame.stack()
    nodes: list[StepNode | None] = [node, *reversed(frame.holders)]
    if isinstance(error, LimitError):
        exceeded = frames.index(error.frame)
        nodes = [frames[exceeded].holder, *reversed(frames[exceeded + 1].holders)] if exceeded + 1 < len(frames) else []
        frames = frames[exceeded + 1 :]
    inner = frames
    while inner:
        for candidate in nodes:
            target = matching(candidate.on_error, error.name) if candidate is not None else None
            if target is not None:
                place = candidate.place.line if candidate is not None else 0
                return Remedy(inner[0], candidate, target, f"on_error of {inner[0].flow.name}, line {place}")
        nodes = [inner[0].holder, *(reversed(inner[1].holders) if len(inner) > 1 else ())]
        inner = inner[1:]
    for candidate_frame in frames:
        block = candidate_frame.flow.events.error
        if block and not candidate_frame.handling:
            return Remedy(candidate_frame, None, Jump(block), f"events.error of {candidate_frame.flow.name}")
    return None


def as_scope(error: FlowError, message: str, frame: "Frame") -> dict[str, Json]:
    """What expressions in a handler know as `error`."""
    return {
        "name": error.name,
        "message": message,
        "flow": frame.flow.name,
        "block": frame.block,
        "line": frame.node.place.line if frame.node is not None else 0,
    }
