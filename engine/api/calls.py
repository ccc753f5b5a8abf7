"""Calls: those that are and those that were, each with everything it went through."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from flask import Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from engine.api.access import requires, services, tenant
from engine.api.errors import ApiError, not_found
from engine.api.fields import Path
from engine.api.paging import Page, page_of
from engine.api.ports.calls import CallFilter, TooManyCallsError
from engine.api.replies import JSON
from engine.api.resource import Resource

blueprint = Resource("calls", "/v1/calls", "Calls that are and that were.")

LONGEST = 200


class CallPath(Path):
    """Which call."""

    call: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="The call's id.")


def _plus(value: Any) -> Any:
    """An unescaped + of a query comes in as a space."""
    return f"+{value[1:]}" if isinstance(value, str) and value.startswith(" ") else value


def _zone_plus(value: Any) -> Any:
    return value.replace(" ", "+") if isinstance(value, str) and value.count("T") == 1 else value


def _in_utc(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Number = Annotated[str, BeforeValidator(_plus), Field(max_length=LONGEST)]
Moment = Annotated[datetime, BeforeValidator(_zone_plus), AfterValidator(_in_utc)]


class CallsQuery(Page):
    """Which calls."""

    state: Literal["live", "ended"] | None = Field(None, description="Only calls that are going on, or that are over.")
    direction: Literal["inbound", "outbound"] | None = Field(None, description="Only calls that came in, or went out.")
    flow: str = Field("", max_length=LONGEST, description="A flow the call began with or was sent to.")
    caller: Number = Field("", description="Who called, as in the record.")
    called: Number = Field("", description="Whom they called, as in the record.")
    cause: str = Field("", max_length=LONGEST, description="Why it ended, as NORMAL_CLEARING.")
    tag: list[Annotated[str, Field(max_length=LONGEST, pattern="=")]] = Field(
        [], max_length=5, description="A tag as `name=value`; given several times, all of them."
    )
    from_: Moment | None = Field(None, alias="from", description="Calls that began at this time or later (RFC 3339).")
    to: Moment | None = Field(None, description="Calls that began before this time.")


class TraceQuery(Page):
    """Which part of the trace."""


class Place(BaseModel):
    """The step a call is in, or was in last."""

    flow: str
    file: str = Field(description="The author's file, from the project's root.")
    block: str
    step: int = Field(description="The step's position in its block, from 0.")
    kind: str
    name: str
    line: int


class VisitedFlow(BaseModel):
    """A flow a call was in."""

    flow: str
    file: str


class CallRecording(BaseModel):
    """A recording that was kept."""

    recording: str | None
    path: str | None
    duration_ms: int | None


class Call(BaseModel):
    """A call. What has not happened yet is null, and empty where it is a text."""

    id: str
    tenant: str
    state: Literal["live", "ended"]
    direction: str = Field(description="inbound or outbound.")
    caller: str
    caller_name: str
    called: str
    switch: str
    trunk: str
    rule: str = Field(description="The rule of the dial plan that decided.")
    flow: str = Field(description="The flow it began with.")
    bundle: str = Field(description="The version of the flows it runs.")
    place: Place | None
    flows: list[VisitedFlow]
    started_at: datetime
    answered_at: datetime | None
    bridged_at: datetime | None = Field(description="When it was first connected to somebody.")
    ended_at: datetime | None
    duration_ms: int | None
    answered_ms: int | None = Field(description="From the answer to the end.")
    cause: str
    ended_by: str
    reason: str
    error: dict[str, Any] | None = Field(description="The last error of a flow: error, message, flow, block, line, at.")
    tags: dict[str, Any]
    recordings: list[CallRecording]
    events: int = Field(description="How many events it has told.")


class CallReply(BaseModel):
    """One call."""

    call: Call


class CallsReply(BaseModel):
    """Calls, newest first."""

    calls: list[Call]
    total: int
    limit: int
    offset: int


class TraceEvent(BaseModel):
    """An event, as endpoints get it."""

    id: str
    type: str
    version: int
    timestamp: datetime
    call: str
    n: int
    tenant: str
    data: dict[str, Any]


class TraceReply(BaseModel):
    """A call's events in their order."""

    trace: list[TraceEvent]
    total: int
    limit: int
    offset: int


@blueprint.get("", responses={200: CallsReply})
@requires("calls:read")
def list_calls(query: CallsQuery) -> dict[str, Any]:
    """Calls that are and that were, newest first."""
    wanted = CallFilter(
        query.state or "", query.direction or "", query.flow, query.caller, query.called, query.cause, tuple(query.tag),
        query.from_.timestamp() if query.from_ else None, query.to.timestamp() if query.to else None,
    )  # fmt: skip
    try:
        found, total = services().calls.list(tenant(), wanted, query.limit, query.offset)
    except TooManyCallsError as error:
        raise ApiError(400, "too_many_calls", f"from: {error}") from None
    return page_of("calls", [orjson.Fragment(text) for text in found], total, query)


@blueprint.get("/<call>", responses={200: CallReply})
@requires("calls:read")
def read_call(path: CallPath) -> Response:
    """One call, while it lives and afterwards."""
    text = services().calls.get(tenant(), path.call)
    if text is None:
        raise not_found("call")
    return Response(b'{"call":%b}' % text, content_type=JSON)


@blueprint.get("/<call>/trace", responses={200: TraceReply})
@requires("calls:read")
def read_trace(path: CallPath, query: TraceQuery) -> dict[str, Any]:
    """Everything a call went through, event by event."""
    found = services().calls.trace(tenant(), path.call, query.limit, query.offset)
    if found is None:
        raise not_found("call")
    return page_of("trace", [orjson.Fragment(event) for event in found[0]], found[1], query)
