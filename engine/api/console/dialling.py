"""Placing a call: a number, the flow that serves who answers, and what that flow wants to know."""

from collections.abc import Mapping

from flask import Response, request

from engine.api.access import services, tenant
from engine.api.console.flow_choice import fields_of, flows_to_choose, read_inputs
from engine.api.console.once import form_id, fresh_form, once
from engine.api.console.site import STATUS_OF_FAULT, page, see_other, sentence, show
from engine.api.console.visitor import visitor
from engine.core.control import LONGEST_RING, RING_TIME, DialOrder
from engine.core.errors import ControlError
from engine.core.signals import Json
from engine.flow.document import Flow

LONGEST = 200
"""Characters of a number or a name."""


@page("/dial", "calls:write")
def ask_number() -> Response:
    """The form that places a call."""
    return _form(request.args)


@page("/dial", "calls:write", changes=True)
def dial() -> Response:
    """Place the call, and show it."""
    typed = request.form
    if "inputs" in typed:
        return _form(typed)
    flow = flows_to_choose().get(typed.get("flow", ""))
    inputs, problems = read_inputs(flow, typed) if flow is not None else ({}, {})
    to = typed.get("to", "").strip()
    if not 0 < len(to) <= LONGEST:
        problems["to"] = "write the number to call"
    if flow is None:
        problems["flow"] = "choose a flow"
    ring_time = _seconds(typed.get("ring_time", ""))
    if ring_time is None:
        problems["ring_time"] = f"write seconds, 1 to {LONGEST_RING:.0f}"
    if problems or flow is None or ring_time is None:
        return _form(typed, problems, status=400)
    return once(lambda: _place(typed, flow, inputs, ring_time))


def _place(typed: Mapping[str, str], flow: Flow, inputs: dict[str, Json], ring_time: float) -> tuple[Response, str]:
    """Give the order: the page that follows, and where it leads."""
    order = DialOrder(
        typed["to"].strip(), flow.name, tenant(), inputs, typed.get("caller", "").strip()[:LONGEST],
        typed.get("caller_name", "").strip()[:LONGEST], ring_time, once=f"console-{tenant()}-{form_id()}",
    )  # fmt: skip
    try:
        placed = services().control.dial(order)
    except ControlError as error:
        return _form(typed, message=sentence(str(error)), status=STATUS_OF_FAULT.get(error.fault, 409)), ""
    where = f"/console/calls/{placed.call}" if visitor().may("calls:read") else "/console/dial"
    return see_other(where, "dialled"), f"{where}?done=dialled"


def _seconds(text: str) -> float | None:
    text = text.strip()
    if not text:
        return RING_TIME
    if not text.isascii() or not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= LONGEST_RING:
        return None
    return float(text)


def _form(
    typed: Mapping[str, str], problems: Mapping[str, str] | None = None, message: str = "", status: int = 200
) -> Response:
    flows = flows_to_choose()
    chosen = typed.get("flow", "") or next(iter(flows), "")
    return show(
        "dial.html", "dial", visitor(), status, problem=message, problems=problems or {}, typed=typed,
        flows=[(flow.name, flow.description) for flow in flows.values()], chosen=chosen,
        inputs=fields_of(flows.get(chosen), typed, problems), ring_time=f"{RING_TIME:.0f}",
        longest_ring=f"{LONGEST_RING:.0f}", form=fresh_form(),
    )  # fmt: skip
