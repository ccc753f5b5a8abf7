"""Calls that are and that were: lists, one call as a timeline, and the two things one can do to a live one."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson
from flask import Response, request

from engine.api.access import services, tenant
from engine.api.console import wording
from engine.api.console.call_view import CallView, call_view
from engine.api.console.event_view import EMPTY, event_view
from engine.api.console.flow_choice import fields_of, flows_to_choose, read_inputs
from engine.api.console.listing import Listing, asked_offset
from engine.api.console.site import STATUS_OF_FAULT, page, see_other, sentence, show
from engine.api.console.visitor import visitor
from engine.api.errors import ApiError, not_found
from engine.api.ports.calls import CallFilter, TooManyCallsError
from engine.core.control import FlowOrder, HangUpOrder
from engine.core.errors import ControlError
from engine.core.ids import CallId

ROWS = 50
TRACE_ROWS = 100
BY = "hung up from the console"


@dataclass(frozen=True, slots=True)
class Filter:
    """One field by which calls are found."""

    name: str
    label: str
    type: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    value: str = ""


FILTERS = (
    Filter("caller", "Caller", "tel"),
    Filter("called", "Number", "tel"),
    Filter("flow", "Flow"),
    Filter("direction", "Direction", choices=(("inbound", "inbound"), ("outbound", "outbound"))),
    Filter("state", "State", choices=(("live", "going on"), ("ended", "ended"))),
    Filter("tag", "Tag", hint="name=value"),
    Filter("since", "From", "date"),
    Filter("until", "To", "date"),
)
_STATES: Mapping[str, Literal["live", "ended"]] = {"live": "live", "ended": "ended"}
_DIRECTIONS: Mapping[str, Literal["inbound", "outbound"]] = {"inbound": "inbound", "outbound": "outbound"}
DAY = 86400.0


@page("/live", "calls:read")
def live() -> Response:
    """Calls that are going on."""
    offset, now = asked_offset(), time.time()
    records, total = services().calls.list(tenant(), CallFilter(state="live"), ROWS, offset)
    calls = [call_view(orjson.loads(record), now) for record in records]
    listing = Listing("/console/live", ROWS, offset, total)
    return show("live.html", "live", visitor(), calls=calls, total=total, page=listing)


@page("/calls", "calls:read")
def recent() -> Response:
    """Calls of the past days, found by what is known of them."""
    filters = [replace(each, value=wording.plain(request.args.get(each.name, "").strip()[:100])) for each in FILTERS]
    given = {each.name: each.value for each in filters if each.value}
    offset, now = asked_offset(), time.time()
    records: Sequence[bytes] = ()
    total, problem = 0, ""
    try:
        records, total = services().calls.list(tenant(), _wanted(given), ROWS, offset)
    except (ValueError, TooManyCallsError) as error:
        problem = sentence(str(error))
    return show(
        "calls.html", "calls", visitor(), 400 if problem else 200,
        calls=[call_view(orjson.loads(record), now) for record in records],
        page=Listing("/console/calls", ROWS, offset, total, tuple(given.items())),
        filters=filters, filtered=bool(given), problem=problem,
    )  # fmt: skip


def _wanted(given: Mapping[str, str]) -> CallFilter:
    """The filters as records are asked for. Raises ValueError for a day that is none."""
    since, until = _day(given, "since"), _day(given, "until")
    return CallFilter(
        _STATES.get(given.get("state", ""), ""), _DIRECTIONS.get(given.get("direction", ""), ""),
        given.get("flow", ""), given.get("caller", ""), given.get("called", ""),
        tags=(given["tag"],) if "tag" in given else (), since=since, before=None if until is None else until + DAY,
    )  # fmt: skip


def _day(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    day = wording.moment(given[name])
    if day is None:
        raise ValueError(f"“{given[name]}” is not a day; write it as 2026-11-20")
    return day.timestamp()


@page("/calls/<call>", "calls:read")
def one(call: str) -> Response:
    """One call with everything that happened in it."""
    record = _record(call)
    offset = asked_offset()
    seen = call_view(record, time.time())
    trace = services().calls.trace(tenant(), call, TRACE_ROWS, offset)
    events, total = trace if trace is not None else ((), 0)
    began = wording.moment(record.get("started_at"))
    files = {str(known.get("flow")): str(known.get("file") or "") for known in record.get("flows") or ()}
    return show(
        "call.html", "live" if seen.live else "calls", visitor(), call=seen, facts=_facts(record),
        events=[event_view(orjson.loads(event), began.timestamp() if began else None, files) for event in events],
        page=Listing(f"/console/calls/{seen.id}", TRACE_ROWS, offset, total),
    )  # fmt: skip


def _facts(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What else is worth knowing of a call."""
    known = [(name.capitalize(), str(record[name])) for name in ("switch", "trunk", "rule") if record.get(name)]
    if isinstance(record.get("answered_ms"), int | float) and record["answered_ms"]:
        known.append(("Answered for", wording.duration(record["answered_ms"] / 1000)))
    tags: Mapping[str, Any] = record.get("tags") or {}
    known += [(f"Tag {name}", wording.written(value)) for name, value in tags.items() if value not in EMPTY]
    known += [("Recording", wording.written(each.get("path"))) for each in record.get("recordings") or ()]
    return known


def _record(call: str) -> Mapping[str, Any]:
    found = services().calls.get(tenant(), call) if len(call) <= 100 else None
    if found is None:
        raise not_found("call")
    record: Mapping[str, Any] = orjson.loads(found)
    return record


@page("/calls/<call>/hangup", "calls:write")
def ask_hang_up(call: str) -> Response:
    """Whether the call is to end."""
    return _hang_up_form(_live(call))


@page("/calls/<call>/hangup", "calls:write", changes=True)
def hang_up(call: str) -> Response:
    """End the call."""
    seen = _live(call)
    try:
        services().control.hang_up(HangUpOrder(CallId(seen.id), tenant(), reason=BY))
    except ControlError as error:
        return _hang_up_form(seen, error)
    return see_other(f"/console/calls/{seen.id}", "hung-up")


def _hang_up_form(seen: CallView, error: ControlError | None = None) -> Response:
    return show(
        "confirm.html", "live", visitor(), _status(error), question=f"Hang up the call of {seen.who}?",
        about=f"It is in the flow {seen.flow_now or seen.flow} and has lasted {wording.duration(seen.seconds)}.",
        action=f"/console/calls/{seen.id}/hangup", verb="Hang up", tone="danger", keep="Keep the call",
        back=f"/console/calls/{seen.id}", problem=sentence(str(error)) if error else "",
    )  # fmt: skip


@page("/calls/<call>/flow", "calls:write")
def ask_flow(call: str) -> Response:
    """Which flow the call is to go to."""
    return _flow_form(_live(call))


@page("/calls/<call>/flow", "calls:write", changes=True)
def send(call: str) -> Response:
    """Send the call into another flow."""
    seen = _live(call)
    flow = flows_to_choose().get(request.form.get("flow", ""))
    if "inputs" in request.form:
        return _flow_form(seen)
    if flow is None:
        return _flow_form(seen, message="There is no such flow.", status=400)
    inputs, problems = read_inputs(flow, request.form)
    if problems:
        return _flow_form(seen, problems=problems, status=400)
    try:
        services().control.send(FlowOrder(CallId(seen.id), flow.name, tenant(), inputs))
    except ControlError as error:
        return _flow_form(seen, message=sentence(str(error)), status=_status(error))
    return see_other(f"/console/calls/{seen.id}", "sent")


def _flow_form(
    seen: CallView, message: str = "", problems: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    flows = flows_to_choose()
    chosen = request.form.get("flow", "") or next(iter(flows), "")
    return show(
        "send.html", "live", visitor(), status, question=f"Send the call of {seen.who} to another flow",
        about=f"It is in the flow {seen.flow_now or seen.flow}.", action=f"/console/calls/{seen.id}/flow",
        verb="Send", tone="primary", keep="Leave it", back=f"/console/calls/{seen.id}", problem=message,
        flows=[(flow.name, flow.description) for flow in flows.values()], chosen=chosen,
        inputs=fields_of(flows.get(chosen), request.form, problems),
    )  # fmt: skip


def _live(call: str) -> CallView:
    """A call one can still do something to. Raises ApiError 404 and 409."""
    seen = call_view(_record(call), time.time())
    if not seen.live:
        raise ApiError(409, "conflict", "this call has ended already")
    return seen


def _status(error: ControlError | None) -> int:
    return 200 if error is None else STATUS_OF_FAULT.get(error.fault, 409)
