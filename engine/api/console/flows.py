"""Flows: which there are, what is wrong with them, and having them read again."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response

from engine.api.access import services, tenant
from engine.api.console.flow_choice import flows_to_choose
from engine.api.console.site import STATUS_OF_FAULT, page, see_other, sentence, show
from engine.api.console.visitor import visitor
from engine.core.control import ReloadOrder
from engine.core.errors import ControlError
from engine.flow.document import Flow
from engine.flow.finding import Finding, has_errors


@dataclass(frozen=True, slots=True)
class FlowView:
    """One flow with what is wrong in its file."""

    flow: Flow
    errors: int
    warnings: int

    @property
    def steps(self) -> int:
        """The steps of all its blocks."""
        return sum(len(block.steps) for block in self.flow.blocks.values())


@page("/flows", "flows:read")
def flows() -> Response:
    """The flows in use, and what is wrong with the files on disk."""
    return _page()


@page("/flows/reload", "flows:write", changes=True)
def reload_flows() -> Response:
    """Have every engine read the files again."""
    try:
        reloaded = services().control.reload(ReloadOrder(tenant()))
    except ControlError as error:
        return _page(sentence(str(error)), status=STATUS_OF_FAULT.get(error.fault, 409))
    if reloaded.problems:
        return _page("The files were read again, but have errors: the version before stays in use.", reloaded.problems)
    return see_other("/console/flows", "reloaded" if reloaded.changed else "unchanged")


def _page(problem: str = "", problems: Sequence[str] = (), status: int = 200) -> Response:
    findings = services().flows.check(tenant())
    bundle = services().flows.bundle()
    return show(
        "flows.html", "flows", visitor(), status, problem=problem, problems=problems,
        flows=[_view(flow, findings) for flow in flows_to_choose().values()], findings=findings,
        broken=has_errors(findings), version=bundle.id if bundle is not None else "",
    )  # fmt: skip


def _view(flow: Flow, findings: Sequence[Finding]) -> FlowView:
    own = [finding.severity for finding in findings if finding.place.file == flow.place.file]
    return FlowView(flow, own.count("error"), own.count("warning"))
