"""Calls over the API: every filter reaches the records, and what comes back is what the document promises."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import orjson
import pytest
from werkzeug.test import Client

from engine.api.calls import Call, CallReply, CallsReply, Place, TraceReply
from engine.api.ports.calls import CallFilter, TooManyCallsError
from engine.api.services import Services
from engine.core.errors import StoreError
from engine.shell.records.call_record import CallPlace, CallRecord
from engine.webhooks.envelope import call_body
from tests.api.conftest import Connect
from tests.shell.records.told import ToldCall


@dataclass
class MemoryCalls:
    """Calls by tenant and id; keeps what it was asked."""

    calls: dict[tuple[str, str], ToldCall] = field(default_factory=dict)
    asked: list[CallFilter] = field(default_factory=list)
    wrong: Exception | None = None

    def get(self, tenant: str, call: str) -> bytes | None:
        if self.wrong is not None:
            raise self.wrong
        found = self.calls.get((tenant, call))
        return record_of(found).json() if found is not None else None

    def list(self, tenant: str, wanted: CallFilter, limit: int, offset: int) -> tuple[Any, int]:
        if self.wrong is not None:
            raise self.wrong
        self.asked.append(wanted)
        found = [record_of(call).json() for (whose, _), call in self.calls.items() if whose == tenant]
        return found[offset : offset + limit], len(found)

    def trace(self, tenant: str, call: str, limit: int, offset: int) -> tuple[Any, int] | None:
        found = self.calls.get((tenant, call))
        if found is None:
            return None
        return [call_body(orjson.loads(event)) for event in found][offset : offset + limit], len(found.events)


def record_of(call: ToldCall) -> CallRecord:
    record = CallRecord(call.call, call.tenant)
    for event in call:
        record.add(orjson.loads(event))
    return record


@pytest.fixture
def calls() -> MemoryCalls:
    told = ToldCall("one", "acme").begins().tell("flow.error", {"error": "x", "message": "m"})
    told.tell("recording.saved", {"recording": "r", "path": "/r.wav", "duration_ms": 5}).ends(tags={"n": 1})
    theirs = ToldCall("theirs", "else").begins()
    return MemoryCalls({("acme", "one"): told, ("acme", "live"): ToldCall("live", "acme").begins(),
                        ("else", "theirs"): theirs})  # fmt: skip


@pytest.fixture
def client(world: Services, calls: MemoryCalls, connect: Connect) -> Client:
    return connect(replace(world, calls=calls), "acme", "calls:read")


def test_the_document_tells_exactly_what_a_record_holds() -> None:
    assert set(Call.model_fields) == {each.name for each in fields(CallRecord)}
    assert set(Place.model_fields) == {each.name for each in fields(CallPlace)}


@pytest.mark.parametrize("call", ["one", "live"])
def test_one_call(client: Client, call: str) -> None:
    reply = client.get(f"/v1/calls/{call}")
    assert reply.status_code == 200
    assert reply.content_type == "application/json"
    assert CallReply.model_validate(reply.json).call.id == call


def test_a_page_of_calls(client: Client) -> None:
    reply = client.get("/v1/calls?limit=1&offset=1")
    page = CallsReply.model_validate(reply.json)
    assert ([call.id for call in page.calls], page.total, page.limit, page.offset) == (["live"], 2, 1, 1)


def test_a_trace(client: Client) -> None:
    page = TraceReply.model_validate(client.get("/v1/calls/one/trace?limit=2&offset=1").json)
    assert ([event.n for event in page.trace], page.total) == ([2, 3], 7)


@pytest.mark.parametrize("path", ["/v1/calls/theirs", "/v1/calls/theirs/trace", "/v1/calls/none", "/v1/calls/a%20b"])
def test_what_is_not_ours_is_not_there(client: Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 404
    assert reply.json["error"] == "not_found"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", CallFilter()),
        ("state=live&direction=outbound", CallFilter("live", "outbound")),
        ("flow=main&cause=USER_BUSY", CallFilter(flow="main", cause="USER_BUSY")),
        ("caller=%2B44123&called=100", CallFilter(caller="+44123", called="100")),
        ("caller=+44123", CallFilter(caller="+44123")),
        ("tag=plan=gold&tag=n=1", CallFilter(tags=("plan=gold", "n=1"))),
        ("from=2026-09-21T14:13:20Z&to=2026-09-21T14:13:21.5Z", CallFilter(since=1790000000.0, before=1790000001.5)),
        ("from=2026-09-21T15:13:20+01:00", CallFilter(since=1790000000.0)),
        ("from=2026-09-21T15:13:20%2B01:00", CallFilter(since=1790000000.0)),
        ("from=2026-09-21", CallFilter(since=1789948800.0)),
        ("from=2026-09-21 14:13:20", CallFilter(since=1790000000.0)),
    ],
)
def test_filters(client: Client, calls: MemoryCalls, query: str, wanted: CallFilter) -> None:
    assert client.get(f"/v1/calls?{query}").status_code == 200
    assert calls.asked == [wanted]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=gone", "state"), ("from=yesterday", "from"), ("to=x", "to"), ("tag=plan", "tag"),
        ("limit=101", "limit"), ("caller=" + "1" * 201, "caller"), ("colour=red", "colour"),
        ("&".join(["tag=a=b"] * 6), "tag"), ("from=99999999999999999999", "from"),
    ],
)  # fmt: skip
def test_wrong_filters_are_named(client: Client, query: str, field: str) -> None:
    reply = client.get(f"/v1/calls?{query}")
    assert reply.status_code == 400
    assert reply.json["message"].startswith(field)


def test_a_question_that_is_too_wide(client: Client, calls: MemoryCalls) -> None:
    calls.wrong = TooManyCallsError("give a shorter time")
    reply = client.get("/v1/calls?flow=a&cause=b")
    assert (reply.status_code, reply.json["error"]) == (400, "too_many_calls")


def test_without_redis(client: Client, calls: MemoryCalls) -> None:
    calls.wrong = StoreError("away")
    assert client.get("/v1/calls/one").status_code == client.get("/v1/calls").status_code == 503


def test_the_scope_is_needed(world: Services, calls: MemoryCalls, connect: Connect) -> None:
    client = connect(replace(world, calls=calls), "acme", "events:read")
    for path in ("/v1/calls", "/v1/calls/one", "/v1/calls/one/trace"):
        assert client.get(path).status_code == 403
