"""Whether flows keep to their own tenant: a call never crosses from one to another."""

from collections.abc import Iterator

from engine.flow.builtin import APOLOGY, SOURCES
from engine.flow.checked_project import CheckedProject, targets_of
from engine.flow.document import Flow, Place, StepNode
from engine.flow.fields import Jump
from engine.flow.finding import Finding
from engine.flow.rule import rule

OTHER_TENANT = rule("other-tenant", "error", "A flow goes to a flow of another tenant, or calls one.", firm=True)
SHARED_FLOW_TENANT = rule(
    "shared-flow-tenant",
    "error",
    "A flow that serves calls of every tenant (`error_flow`, `apology`) is given to one of them.",
    firm=True,
)


def check(project: CheckedProject) -> Iterator[Finding]:
    """Ways between tenants, and flows of one tenant that all would share."""
    for flow in project.own_flows:
        for _, step in project.steps(flow):
            for name, place in _leads_to(project, step):
                yield from _crossing(project, flow, name, place)
        if flow.name in (project.project.error_flow, APOLOGY) and flow.tenant != project.project.tenant:
            message = f'"{flow.name}" serves calls of every tenant; leave out its own'
            yield SHARED_FLOW_TENANT.at(project.map.in_flow(flow, ("tenant",)), message)


def _leads_to(project: CheckedProject, step: StepNode) -> Iterator[tuple[str, Place]]:
    if step.kind.word == "call":
        yield step.kind.flow, project.map.in_step(step, ("flow",))  # type: ignore[attr-defined]
    for path, target, beside in targets_of(step):
        if isinstance(target, Jump) and target.name.startswith("flow:"):
            place = project.map.beside_step(step, path) if beside else project.map.in_step(step, path)
            yield target.name.removeprefix("flow:"), place


def _crossing(project: CheckedProject, flow: Flow, name: str, place: Place) -> Iterator[Finding]:
    other = project.flows.get(name)
    if other is None or other.tenant == flow.tenant:
        return
    if other.name in (project.project.error_flow, APOLOGY) or other.place.file in SOURCES:
        return
    message = f'the flow "{name}" belongs to the tenant {other.tenant}, this one to {flow.tenant}'
    yield OTHER_TENANT.at(place, message)
