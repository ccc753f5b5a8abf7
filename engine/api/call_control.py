"""Control of calls: place one, end one, send one into another flow."""

from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, Field

from engine.api.access import requires, services, tenant
from engine.api.calls import CallPath
from engine.api.errors import ErrorReply
from engine.api.fields import Body
from engine.api.idempotency import idempotency_token
from engine.api.replies import json_reply
from engine.api.resource import Resource
from engine.core.control import LONGEST_RING, RING_TIME, DialOrder, FlowOrder, HangUpOrder
from engine.core.ids import CallId
from engine.flow.hangup_cause import Cause

blueprint = Resource("call_control", "/v1/calls", "Calls that are and that were.", tag="calls")

FlowName = Annotated[str, Field(min_length=1, max_length=64, description="A flow of yours.")]
Inputs = Annotated[dict[str, Any], Field(description="Values for the flow's inputs, by name.")]


class DialBody(Body):
    """Whom to ring, and what they are served by."""

    to: str = Field(
        min_length=1,
        max_length=200,
        description="A number (+442079460000), gateway/NAME/NUMBER, user/NAME or sip:NAME@HOST.",
        examples=["+442079460000"],
    )
    flow: FlowName
    inputs: Inputs = {}
    caller: str = Field("", max_length=64, description="The number their phone shows; the installation's own if empty.")
    caller_name: str = Field("", max_length=64, description="The name their phone shows.")
    ring_time: float = Field(RING_TIME, ge=1, le=LONGEST_RING, description="Seconds to ring.")
    max_duration: float = Field(
        0, ge=0, le=86_400, description="Seconds after the answer when the call is ended; 0: as long as is allowed."
    )


class HangUpBody(Body):
    """How to end it."""

    cause: Cause = Field("NORMAL_CLEARING", description="What the other side is told.")
    reason: str = Field("", max_length=200, description="Comes back in the call's record and in `call.ended`.")


class FlowBody(Body):
    """Where to send it."""

    flow: FlowName
    inputs: Inputs = {}


class PlacedCall(BaseModel):
    """A call that was placed. Its record can be read a moment later."""

    id: str
    to: str
    flow: str
    switch: str = Field(description="Where it is; empty for one that was placed long ago under the same key.")


class PlacedReply(BaseModel):
    """The call that was placed."""

    call: PlacedCall


class TakenCall(BaseModel):
    """A call that has an order."""

    id: str


class TakenReply(BaseModel):
    """The call that has the order; what becomes of it is told by its events."""

    call: TakenCall


_REFUSED: Any = {403: ErrorReply, 404: ErrorReply, 409: ErrorReply, 504: ErrorReply}


@blueprint.post("", responses={201: PlacedReply, **_REFUSED})
@requires("calls:write")
def place_call(body: DialBody) -> Response:
    """Ring somebody; who answers is served by a flow.

    The call is there from now on: `call.ringing`, `call.answered` and `call.ended` tell what becomes of it. Whom an
    installation rings is for its operator to say: others are refused with 403 `refused_number`, and too many calls with
    429 `limit_reached`. After 504 `unanswered` the call may be there; sent again with the same Idempotency-Key, the
    request places no second one.
    """
    placed = services().control.dial(
        DialOrder(
            body.to, body.flow, tenant(), body.inputs, body.caller, body.caller_name, body.ring_time,
            body.max_duration, once=idempotency_token() or "",
        )
    )  # fmt: skip
    call = {"id": placed.call, "to": body.to, "flow": body.flow, "switch": placed.switch}
    return json_reply({"call": call}, 201, {"Location": f"/v1/calls/{placed.call}"})


@blueprint.post("/<call>/hangup", responses={202: TakenReply, **_REFUSED})
@requires("calls:write")
def hang_up_call(path: CallPath, body: HangUpBody) -> tuple[dict[str, Any], int]:
    """End a call, whatever it is doing."""
    order = HangUpOrder(CallId(path.call), tenant(), body.cause, body.reason)
    return {"call": {"id": services().control.hang_up(order).call}}, 202


@blueprint.post("/<call>/flow", responses={202: TakenReply, **_REFUSED})
@requires("calls:write")
def send_call(path: CallPath, body: FlowBody) -> tuple[dict[str, Any], int]:
    """Send a live call into another flow: what it is doing is undone, and whoever it talks to is released first.

    A call that is not answered yet will begin with that flow.
    """
    order = FlowOrder(CallId(path.call), body.flow, tenant(), body.inputs)
    return {"call": {"id": services().control.send(order).call}}, 202
