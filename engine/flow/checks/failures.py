"""Whether it is said what happens when a web service or the other party does not answer."""

from collections.abc import Iterator
from typing import Any

from engine.flow.checked_project import CheckedProject
from engine.flow.document import StepNode
from engine.flow.finding import Finding
from engine.flow.rule import rule

HTTP_UNHANDLED = rule("http-error-unhandled", "warning", "Nothing says what follows when a web service fails.")
TRANSFER_UNHANDLED = rule("transfer-failure-unhandled", "warning", "Nothing says what follows when nobody is reached.")


def check(project: CheckedProject) -> Iterator[Finding]:
    """Failures that only the flow's or the project's last resort would catch."""
    for flow in project.own_flows:
        for _, step in project.steps(flow):
            kind: Any = step.kind
            if kind.word == "http" and not flow.events.error and not _catches(step, "http"):
                message = "say what follows when the service fails: on_error: {any: BLOCK}"
                yield HTTP_UNHANDLED.at(step.place, message)
            if kind.word == "transfer" and kind.failed is None and not _catches(step, "transfer"):
                message = "say what follows when nobody is reached: failed: BLOCK"
                yield TRANSFER_UNHANDLED.at(step.place, message)


def _catches(step: StepNode, family: str) -> bool:
    return any(name == "any" or name.partition(".")[0] == family for name in step.on_error)
