"""Whether steps come when the call is ready for them: answered before it is hung up, alive when something is heard."""

from collections.abc import Iterator
from typing import Any

from engine.flow.checked_project import CheckedProject
from engine.flow.document import Flow
from engine.flow.finding import Finding
from engine.flow.rule import rule

HANGUP_BEFORE_ANSWER = rule(
    "hangup-before-answer", "warning", "A call is hung up that was never answered; `reject` tells the caller why."
)
MEDIA_AFTER_HANGUP = rule(
    "media-after-hangup", "error", "A step that needs a caller is in the block that runs after the hang-up."
)


def check(project: CheckedProject) -> Iterator[Finding]:
    """Steps that come too early or too late."""
    entries = {rule.flow for rule in project.dialplan.rules}
    for flow in project.own_flows:
        yield from _after_hangup(project, flow)
        if flow.name in entries and flow.place.file not in project.broken:
            yield from _before_answer(project, flow)


def _before_answer(project: CheckedProject, flow: Flow) -> Iterator[Finding]:
    graph = project.graph(flow)
    answering = {number for number, step in enumerate(graph.steps) if _answers(step.kind) and step.when is None}
    for number in sorted(graph.reachable([flow.start], answering)):
        if number >= 0 and graph.steps[number].kind.word == "hangup":
            step: Any = graph.steps[number]
            if step.kind.cause == "NORMAL_CLEARING":
                message = "the call may not be answered here; use reject with a cause, or answer first"
                yield HANGUP_BEFORE_ANSWER.at(step.place, message)


def _answers(kind: Any) -> bool:
    """Whether the call is answered, handed on or let be after a step; a flow that is called may answer too."""
    return kind.word in ("answer", "transfer", "call", "reject")


def _after_hangup(project: CheckedProject, flow: Flow) -> Iterator[Finding]:
    block = flow.events.hangup
    if block not in flow.blocks:
        return
    graph = project.graph(flow)
    for number in sorted(graph.reachable([block])):
        if number < 0:
            continue
        step = graph.steps[number]
        if step.kind.media and step.kind.word != "hangup":
            message = f'{step.kind.word} needs a caller, but the block "{block}" runs after the caller has gone'
            yield MEDIA_AFTER_HANGUP.at(step.place, message)
