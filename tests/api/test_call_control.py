"""Control of calls over the API: every word reaches the engine as an order, and every refusal its sender."""

from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from engine.api.call_control import PlacedReply, TakenReply
from engine.api.services import Services
from engine.core.control import CallPlaced, DialOrder, FlowOrder, HangUpOrder
from engine.core.errors import CONTROL_FAULTS, ControlError, StoreError
from engine.core.ids import CallId
from tests.api.conftest import Connect
from tests.api.memory import MemoryControl

STATUS = {
    "invalid": 400, "unknown_call": 404, "unknown_flow": 404, "refused_number": 403, "limit_reached": 429,
    "too_late": 409, "engine_away": 503, "unanswered": 504,
}  # fmt: skip
DIAL = {"to": "+442079460000", "flow": "welcome"}
WAYS = [("/v1/calls", DIAL), ("/v1/calls/one/hangup", {}), ("/v1/calls/one/flow", {"flow": "welcome"})]


@pytest.fixture
def control(world: Services) -> MemoryControl:
    control = world.control
    assert isinstance(control, MemoryControl)
    control.calls |= {"one": "acme", "theirs": "else"}
    control.flows |= {"welcome": "acme", "other": "else"}
    return control


@pytest.fixture
def client(world: Services, control: MemoryControl, connect: Connect) -> Client:
    return connect(world, "acme", "calls:write")


def test_a_call_is_placed(client: Client, control: MemoryControl) -> None:
    reply = client.post("/v1/calls", json=DIAL)
    assert reply.status_code == 201
    call = PlacedReply.model_validate(reply.json).call
    assert (call.to, call.flow, call.switch) == ("+442079460000", "welcome", "memory")
    assert reply.headers["Location"] == f"/v1/calls/{call.id}"
    assert control.taken == [DialOrder("+442079460000", "welcome", "acme")]


def test_everything_that_can_be_said_of_a_call_is_in_its_order(client: Client, control: MemoryControl) -> None:
    said = {
        **DIAL, "inputs": {"who": "Zoé", "times": 3, "more": [None, {"a": True}]}, "caller": "+442079460999",
        "caller_name": "The Shop", "ring_time": 20, "max_duration": 90.5,
    }  # fmt: skip
    assert client.post("/v1/calls", json=said).status_code == 201
    assert control.taken == [
        DialOrder("+442079460000", "welcome", "acme", said["inputs"], "+442079460999", "The Shop", 20.0, 90.5)
    ]


def test_a_request_sent_again_is_one_order(client: Client, control: MemoryControl) -> None:
    replies = [client.post("/v1/calls", json=DIAL, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert len(control.taken) == 1
    assert len(control.taken[0].once) == 64


class Silent(MemoryControl):
    """Takes orders and never answers."""

    def dial(self, order: DialOrder) -> CallPlaced:
        self.taken.append(order)
        raise ControlError("no answer", "unanswered")


def test_after_no_answer_the_same_request_is_the_same_order(world: Services, connect: Connect) -> None:
    control = Silent()
    client = connect(replace(world, control=control), "acme", "calls:write")
    for _ in range(2):
        assert client.post("/v1/calls", json=DIAL, headers={"Idempotency-Key": "k1"}).status_code == 504
    assert control.taken[0] == control.taken[1]


def test_a_call_is_ended(client: Client, control: MemoryControl) -> None:
    for body in ({"json": {"cause": "USER_BUSY", "reason": "enough"}}, {}):
        reply = client.post("/v1/calls/one/hangup", **body)  # type: ignore[arg-type]
        assert reply.status_code == 202
        assert TakenReply.model_validate(reply.json).call.id == "one"
    assert control.taken == [
        HangUpOrder(CallId("one"), "acme", "USER_BUSY", "enough"), HangUpOrder(CallId("one"), "acme"),
    ]  # fmt: skip


def test_a_call_is_sent_into_another_flow(client: Client, control: MemoryControl) -> None:
    reply = client.post("/v1/calls/one/flow", json={"flow": "welcome", "inputs": {"a": 1}})
    assert reply.status_code == 202
    assert TakenReply.model_validate(reply.json).call.id == "one"
    assert control.taken == [FlowOrder(CallId("one"), "welcome", "acme", {"a": 1})]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/calls", {**DIAL, "flow": "other"}), ("/v1/calls/theirs/hangup", {}), ("/v1/calls/none/hangup", {}),
        ("/v1/calls/theirs/flow", {"flow": "other"}), ("/v1/calls/one/flow", {"flow": "other"}),
        ("/v1/calls/a%20b/hangup", {}),
    ],
)  # fmt: skip
def test_what_is_not_ours_is_not_there(client: Client, path: str, body: dict[str, Any]) -> None:
    reply = client.post(path, json=body)
    assert reply.status_code == 404
    assert "theirs" not in reply.json["message"]


@pytest.mark.parametrize("fault", CONTROL_FAULTS)
@pytest.mark.parametrize(("path", "body"), WAYS)
def test_every_refusal_has_its_status(
    client: Client, control: MemoryControl, path: str, body: dict[str, Any], fault: Any
) -> None:
    control.wrong = ControlError("to: because", fault, 2.5)
    reply = client.post(path, json=body)
    assert (reply.status_code, reply.json) == (STATUS[fault], {"error": fault, "message": "to: because"})
    assert reply.headers.get("Retry-After") == {"limit_reached": "3", "engine_away": "3"}.get(fault)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"flow": "welcome"}, "to"),
        ({"to": "100"}, "flow"),
        ({**DIAL, "to": 100}, "to"),
        ({**DIAL, "to": ""}, "to"),
        ({**DIAL, "to": "1" * 201}, "to"),
        ({**DIAL, "flow": "x" * 65}, "flow"),
        ({**DIAL, "inputs": []}, "inputs"),
        ({**DIAL, "ring_time": 0}, "ring_time"),
        ({**DIAL, "ring_time": 121}, "ring_time"),
        ({**DIAL, "ring_time": "20"}, "ring_time"),
        ({**DIAL, "max_duration": -1}, "max_duration"),
        ({**DIAL, "caller": "1" * 65}, "caller"),
        ({**DIAL, "caller_name": None}, "caller_name"),
        ({**DIAL, "tenant": "else"}, "tenant"),
        ({**DIAL, "once": "x"}, "once"),
        ({**DIAL, "switch": "x"}, "switch"),
    ],
)
def test_what_cannot_be_an_order_names_its_field(
    client: Client, control: MemoryControl, body: dict[str, Any], field: str
) -> None:
    reply = client.post("/v1/calls", json=body)
    assert reply.status_code == 400
    assert reply.json["message"].startswith(f"{field}:")
    assert control.taken == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("hangup", {"cause": "WHATEVER"}, "cause"), ("hangup", {"reason": "x" * 201}, "reason"),
        ("flow", {}, "flow"), ("flow", {"flow": "welcome", "block": "x"}, "block"),
    ],
)  # fmt: skip
def test_so_do_orders_to_a_call(client: Client, path: str, body: dict[str, Any], field: str) -> None:
    reply = client.post(f"/v1/calls/one/{path}", json=body)
    assert (reply.status_code, reply.json["message"].split(":")[0]) == (400, field)


def test_without_redis_and_without_the_scope(
    world: Services, client: Client, control: MemoryControl, connect: Connect
) -> None:
    reader = connect(world, "acme", "calls:read")
    for path, body in WAYS:
        assert reader.post(path, json=body).status_code == 403
    assert control.taken == []
    control.wrong = StoreError("away")  # type: ignore[assignment]
    assert client.post("/v1/calls", json=DIAL).status_code == 503
