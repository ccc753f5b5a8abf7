"""Flows: which there are, what is in them, what is wrong with them, and having them read again."""

import re
from typing import Any

from pydantic import BaseModel, Field

from engine.api.access import requires, services, tenant
from engine.api.errors import ApiError, ErrorReply, invalid, not_found
from engine.api.fields import Body, Path
from engine.api.flow_shape import flow_shape, flow_summary
from engine.api.paging import Page, cut, page_of
from engine.api.resource import Resource
from engine.core.control import ReloadOrder
from engine.flow.builtin import SOURCES
from engine.flow.bundle import Bundle
from engine.flow.document import Flow
from engine.flow.finding import Finding, has_errors
from engine.flow.loader import is_source

blueprint = Resource("flows", "/v1/flows", "What callers hear and where they go.")
POSTED = "ivr_flows/posted.flow.yaml"
_MEANT = re.compile(r'did you mean "([^"]+)"\?')


class FlowPath(Path):
    """A flow."""

    flow: str = Field(description="The flow's name.")


class CheckBody(Body):
    """What to check: a text, or the files on disk when there is none."""

    text: str | None = Field(None, max_length=250_000, description="YAML as it would stand in the file.")
    file: str = Field(
        POSTED, max_length=200, description="Path of that file from the project's root; it decides what the text is."
    )


class VariableReply(BaseModel):
    """A declared input or output."""

    name: str
    type: str
    required: bool
    default: Any = Field(description="Null where there is none, and for what is secret.")
    secret: bool
    description: str


class SummaryReply(BaseModel):
    """One flow in a list."""

    name: str
    description: str
    languages: list[str]
    start: str = Field(description="The block it begins with.")
    file: str
    inputs: list[VariableReply]
    blocks: int


class FlowsReply(BaseModel):
    """Flows, by name."""

    flows: list[SummaryReply]
    total: int
    limit: int
    offset: int
    version: str = Field(description="The version of all flows together.")


class WayReply(BaseModel):
    """Where a step can lead."""

    on: str
    to: str | None = Field(description="A block, `flow:NAME`, or a word such as next; null is steps written in place.")


class StepReply(BaseModel):
    """One step."""

    kind: str
    name: str
    line: int
    when: str | None
    fields: Any = Field(description="What stands under its kind, as written.")
    leads_to: list[WayReply]


class BlockReply(BaseModel):
    """One block."""

    name: str
    line: int
    steps: list[StepReply]


class WholeFlow(BaseModel):
    """A flow with all its blocks and steps."""

    name: str
    description: str
    languages: list[str]
    start: str
    file: str
    version: str
    inputs: list[VariableReply]
    outputs: list[VariableReply]
    limits: dict[str, float]
    events: dict[str, Any]
    blocks: list[BlockReply]


class FlowReply(BaseModel):
    """One flow."""

    flow: WholeFlow


class FindingReply(BaseModel):
    """One thing an author should know."""

    file: str
    line: int
    column: int
    severity: str = Field(description="error, warning or info; an error keeps a project from loading.")
    rule: str
    message: str
    suggestion: str | None = Field(description="What was probably meant.")


class CheckReply(BaseModel):
    """What a check found."""

    ok: bool = Field(description="Whether there is no error.")
    findings: list[FindingReply]


class ReloadReply(BaseModel):
    """The version new calls get from now on."""

    version: str
    changed: bool
    problems: list[str] = Field(description="Why it is not the newest, one line each; empty when it is.")


def own_bundle() -> Bundle:
    """The version of the flows that is served. Raises ApiError 503 while there is none."""
    bundle = services().flows.bundle()
    if bundle is None:
        raise ApiError(503, "flows_unavailable", "the flows have errors and no version of them could be loaded yet")
    return bundle


def own_flows(bundle: Bundle) -> dict[str, Flow]:
    """The flows of this request's tenant, without the built-in ones, by name."""
    mine = {name: flow for name, flow in bundle.flows.items() if flow.tenant == tenant()}
    return {name: mine[name] for name in sorted(mine) if mine[name].place.file not in SOURCES}


@blueprint.get("", responses={200: FlowsReply})
@requires("flows:read")
def list_flows(query: Page) -> dict[str, Any]:
    """List flows."""
    bundle = own_bundle()
    flows = list(own_flows(bundle).values())
    shown = [flow_summary(flow) for flow in cut(flows, query)]
    return {**page_of("flows", shown, len(flows), query), "version": bundle.id}


@blueprint.get("/<flow>", responses={200: FlowReply})
@requires("flows:read")
def read_flow(path: FlowPath) -> dict[str, Any]:
    """Read a flow with its blocks and steps."""
    bundle = own_bundle()
    flow = own_flows(bundle).get(path.flow)
    if flow is None:
        raise not_found("flow")
    return {"flow": flow_shape(flow, bundle)}


@blueprint.post("/check", responses={200: CheckReply})
@requires("flows:read")
def check_flows(body: CheckBody) -> dict[str, Any]:
    """Say what is wrong with a text, or with the files on disk. Nothing is changed."""
    if body.text is None:
        findings = services().flows.check(tenant())
    else:
        if not is_source(body.file) or ".." in body.file or not body.file.isprintable():
            raise invalid("file", "write the path of a flow, a prompt table or a dial plan, such as " + POSTED)
        findings = services().flows.check(tenant(), body.file, body.text)
    return {"ok": not has_errors(findings), "findings": [_shown(finding) for finding in findings]}


@blueprint.post("/reload", responses={200: ReloadReply, 504: ErrorReply})
@requires("flows:write")
def reload_flows() -> dict[str, Any]:
    """Have every engine read the flows again; a version with errors changes nothing."""
    reloaded = services().control.reload(ReloadOrder(tenant()))
    return {"version": reloaded.bundle, "changed": reloaded.changed, "problems": list(reloaded.problems)}


def _shown(finding: Finding) -> dict[str, Any]:
    meant = _MEANT.search(finding.message)
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
        "suggestion": meant[1] if meant else None,
    }
