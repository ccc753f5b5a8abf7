"""Whether flows that are called get what they need, and every flow is used."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.flow.checked_project import CheckedProject, StepText, targets_of
from engine.flow.checks.types import type_lookup
from engine.flow.document import Flow, StepNode, VariableType
from engine.flow.expression_types import StaticType, infer
from engine.flow.fields import Jump
from engine.flow.finding import Finding
from engine.flow.function import type_of
from engine.flow.rule import RULES, rule
from engine.flow.suggestion import did_you_mean
from engine.flow.template import Template

SUBFLOW_LANGUAGE = rule("subflow-language", "warning", "A flow calls one that does not speak all of its languages.")
UNUSED_FLOW = rule("unused-flow", "warning", "No rule of the dial plan and no flow leads to a flow.")

_FITS: Mapping[VariableType, frozenset[StaticType]] = {
    "string": frozenset({"text", "digits"}),
    "digits": frozenset({"text", "digits"}),
    "file": frozenset({"text", "digits"}),
    "datetime": frozenset({"text", "digits"}),
    "number": frozenset({"number"}),
    "bool": frozenset({"bool"}),
    "map": frozenset({"map"}),
    "list": frozenset({"list"}),
}


def check(project: CheckedProject) -> Iterator[Finding]:
    """Calls between flows that do not fit, and flows nobody comes to."""
    for flow in project.own_flows:
        for _, step in project.steps(flow):
            if step.kind.word == "call":
                yield from _call(project, flow, step)
            yield from _jumps(project, step)
    if project.is_whole and project.dialplan.rules:
        yield from _unused(project)


def _call(project: CheckedProject, flow: Flow, step: StepNode) -> Iterator[Finding]:
    kind: Any = step.kind
    called = project.flows.get(kind.flow)
    if called is None:
        return
    for name, written in kind.with_.items():
        place = project.map.in_step(step, ("with_", name), key=True)
        variable = called.inputs.get(name)
        if variable is None:
            message = f'the flow {called.name} has no input "{name}"{did_you_mean(name, called.inputs)}'
            yield RULES["unknown-input"].at(place, message)
            continue
        given = _type(project, flow, step, name, written)
        if given not in ("any", "null") and given not in _FITS[variable.type]:
            place = project.map.in_step(step, ("with_", name))
            yield RULES["input-type"].at(place, f"{name} is {variable.type}, this is {given}")
    yield from _needs(project, called, frozenset(kind.with_), step, ("flow",))
    lacking = [language for language in flow.languages if language not in called.languages]
    if lacking:
        place = project.map.in_step(step, ("flow",))
        yield SUBFLOW_LANGUAGE.at(place, f"the flow {called.name} does not speak {', '.join(lacking)}")


def _type(project: CheckedProject, flow: Flow, step: StepNode, name: str, written: Any) -> StaticType:
    if not isinstance(written, Template):
        return type_of(written)
    if len(written.parts) != 1 or not written.expressions:
        return "text"
    text = StepText(step, ("with_", name), written)
    return infer(text.expressions[0], type_lookup(project, flow, text))[0]


def _needs(
    project: CheckedProject, called: Flow, given: frozenset[str], step: StepNode, path: tuple[str, ...]
) -> Iterator[Finding]:
    for name, variable in called.inputs.items():
        if variable.required and name not in given:
            place = project.map.in_step(step, path)
            yield RULES["missing-input"].at(place, f'the flow {called.name} needs the input "{name}"')


def _jumps(project: CheckedProject, step: StepNode) -> Iterator[Finding]:
    """A flow that is gone to gets no inputs."""
    for path, target, beside in targets_of(step):
        if not isinstance(target, Jump) or not target.name.startswith("flow:"):
            continue
        other = project.flows.get(target.name.removeprefix("flow:"))
        if other is None:
            continue
        place = project.map.beside_step(step, path) if beside else project.map.in_step(step, path)
        for name, variable in other.inputs.items():
            if variable.required:
                message = f'the flow {other.name} needs the input "{name}"; call it instead'
                yield RULES["missing-input"].at(place, message)


def _unused(project: CheckedProject) -> Iterator[Finding]:
    used = {rule.flow for rule in project.dialplan.rules} | {project.dialplan.unclaimed, project.project.error_flow}
    used |= {"unclaimed", "apology"}
    waiting = list(used)
    while waiting:
        flow = project.flows.get(waiting.pop())
        for name in _leads_to(project, flow) if flow is not None else ():
            if name not in used:
                used.add(name)
                waiting.append(name)
    for flow in project.own_flows:
        if flow.name not in used:
            message = f'no rule of the dial plan and no flow in use leads to "{flow.name}"'
            yield UNUSED_FLOW.at(flow.place, message)


def _leads_to(project: CheckedProject, flow: Flow) -> Iterator[str]:
    for _, step in project.steps(flow):
        if step.kind.word == "call":
            yield step.kind.flow  # type: ignore[attr-defined]
        for _, target, _ in targets_of(step):
            if isinstance(target, Jump) and target.name.startswith("flow:"):
                yield target.name.removeprefix("flow:")
