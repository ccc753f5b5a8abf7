"""The branches of steps in words: what leads there, as `no input`, and where it leads, as `hang up`."""

from engine.flow.document import StepNode
from engine.flow.drawing.picture import Way
from engine.flow.drawing.step_words import one_line, shortened

_LABELS = {"target": "", "default": "otherwise", "after": "afterwards", "then": "yes", "else": "no"}
_FAILED = frozenset({"failed", "error", "on_error", "rejected", "unreachable"})
_IN_VAIN = frozenset(
    {"no_input", "invalid", "too_short", "empty", "busy", "no_answer", "no_match", "not_found", "timeout", "full",
     "no_agents", "cancelled", "closed_room", "wrong_pin"}
)  # fmt: skip
LONGEST = 40


def branch_label(step: StepNode, path: tuple[str | int, ...]) -> str:
    """What leads to a target, from where it stands in its step: `1`, `no input`, `status 404`, `any error`."""
    parts = [str(part) for part in path]
    first = parts[0].rstrip("_")
    if len(parts) > 1 and first in ("choices", "cases", "branches", "ways"):
        return shortened(one_line(parts[1]), LONGEST)
    if first == "on_status" and len(parts) > 1:
        return f"status {parts[1]}"
    if first == "on_error" and len(parts) > 1:
        return "any error" if parts[1] == "any" else shortened(f"error {one_line(parts[1])}", LONGEST)
    if len(parts) == 1 and first in ("then", "else") and step.kind.word != "if":
        return first
    if len(parts) == 1 and first in _LABELS:
        return _LABELS[first]
    if parts[-1] == "then":
        parts.pop()
    return shortened(one_line(" ".join(parts).replace("_", " ")), LONGEST)


def branch_way(path: tuple[str | int, ...]) -> Way:
    """Why a call goes there."""
    first, last = str(path[0]), str(path[-1])
    if first == "choices":
        return "choice"
    if first in _FAILED:
        return "error"
    if first in _IN_VAIN or (first == "on_status" and last[:1] in ("4", "5")):
        return "miss"
    return "way"
