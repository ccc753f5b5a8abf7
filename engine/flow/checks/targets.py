"""Whether what steps name exists: blocks, flows, calendars, services, gateways, languages."""

import ast
from collections.abc import Iterator

from engine.core.errors import FlowError
from engine.flow.checked_project import CheckedProject, targets_of, texts_of
from engine.flow.dial_target import parse_target
from engine.flow.document import Flow, Place, StepNode
from engine.flow.fields import Jump
from engine.flow.finding import Finding
from engine.flow.rule import RULES, rule
from engine.flow.suggestion import did_you_mean

WORDS = ("next", "repeat", "return", "hangup")
UNKNOWN_TARGET = rule("unknown-target", "error", "A step goes to a block that does not exist.", firm=True)
UNKNOWN_SERVICE = rule(
    "unknown-service", "error", "An `http` step names a service the project does not have.", firm=True
)
UNKNOWN_GATEWAY = rule("unknown-gateway", "error", "A transfer uses a gateway the project does not allow.", firm=True)
BAD_TRANSFER = rule("bad-transfer-target", "error", "A transfer goes to what is no user, address or number.", firm=True)


def check(project: CheckedProject) -> Iterator[Finding]:
    """Everything that is named and does not exist."""
    for flow in project.own_flows:
        yield from _events(project, flow)
        for _, step in project.steps(flow):
            yield from _targets(project, flow, step)
            yield from _resources(project, step)
            yield from _calendars(project, step)


def _events(project: CheckedProject, flow: Flow) -> Iterator[Finding]:
    events = flow.events
    named: list[tuple[tuple[str, ...], str]] = [(("start",), flow.start)]
    named += [(("events", name), getattr(events, name)) for name in ("hangup", "error", "timeout")]
    named += [(("events", "keys", key), block) for key, block in events.keys.items()]
    for path, block in named:
        if block and block not in flow.blocks:
            place = project.map.in_flow(flow, path)
            yield UNKNOWN_TARGET.at(place, f'no block "{block[:60]}"{did_you_mean(block, flow.blocks)}')


def _targets(project: CheckedProject, flow: Flow, step: StepNode) -> Iterator[Finding]:
    for path, target, beside in targets_of(step):
        if not isinstance(target, Jump):
            continue
        place = project.map.beside_step(step, path) if beside else project.map.in_step(step, path)
        yield from _jump(project, flow, target.name, place)
    if step.kind.word == "call":
        yield from _flow(project, step.kind.flow, project.map.in_step(step, ("flow",)))  # type: ignore[attr-defined]


def _jump(project: CheckedProject, flow: Flow, name: str, place: Place) -> Iterator[Finding]:
    if name.startswith("flow:"):
        yield from _flow(project, name.removeprefix("flow:"), place)
    elif name not in WORDS and name not in flow.blocks:
        near = did_you_mean(name, [*flow.blocks, *WORDS])
        if not near and name in project.flows:
            near = f'; write "flow:{name}" to go to the flow'
        yield UNKNOWN_TARGET.at(place, f'no block "{name[:60]}"{near}')


def _flow(project: CheckedProject, name: str, place: Place) -> Iterator[Finding]:
    if name not in project.flows and name not in project.unreadable:
        yield RULES["unknown-flow"].at(place, f'no flow "{name[:60]}"{did_you_mean(name, project.flows)}')


def _resources(project: CheckedProject, step: StepNode) -> Iterator[Finding]:
    kind = step.kind
    if kind.word == "http":
        service = kind.service  # type: ignore[attr-defined]
        known = project.project.services
        if service and service not in known:
            place = project.map.in_step(step, ("service",))
            yield UNKNOWN_SERVICE.at(place, f'no service "{service[:60]}"{did_you_mean(service, known)}')
    if kind.word == "transfer":
        for index, to in enumerate(kind.to):  # type: ignore[attr-defined]
            if to.is_constant:
                yield from _transfer(project, to.source, project.map.in_step(step, ("to", index)))


def _transfer(project: CheckedProject, to: str, place: Place) -> Iterator[Finding]:
    try:
        parse_target(to)
    except FlowError as error:
        yield BAD_TRANSFER.at(place, error.message)
        return
    allowed = project.project.gateways
    gateway = to.split("/")[1] if to.startswith("gateway/") else ""
    if gateway and allowed and gateway not in allowed:
        message = f'the project does not allow the gateway "{gateway}"{did_you_mean(gateway, allowed)}'
        yield UNKNOWN_GATEWAY.at(place, message)


def _calendars(project: CheckedProject, step: StepNode) -> Iterator[Finding]:
    known = project.project.calendars
    if step.kind.word == "hours" and step.kind.calendar not in known:  # type: ignore[attr-defined]
        yield _no_calendar(project, step.kind.calendar, project.map.in_step(step, ("calendar",)))  # type: ignore[attr-defined]
    for text in texts_of(step):
        for expression in text.expressions:
            for node in ast.walk(expression.tree):
                match node:
                    case ast.Call(
                        func=ast.Name(id="is_open" | "next_open"), args=[ast.Constant(value=str(name)), *_]
                    ) if name not in known:
                        place = project.text_place(text, expression.offset + node.col_offset + 1)
                        yield _no_calendar(project, name, place)


def _no_calendar(project: CheckedProject, name: str, place: Place) -> Finding:
    near = did_you_mean(name, project.project.calendars)
    return RULES["unknown-calendar"].at(place, f'no calendar "{name[:60]}"{near}')
