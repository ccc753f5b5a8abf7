"""The body and the headers of a request."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from engine.webhooks.envelope import call_body, endpoint_body, request_headers, timestamp_text

EVENT = {
    "id": "evt_c1_7",
    "type": "call.ended",
    "version": 1,
    "call": "c1",
    "n": 7,
    "at": 1763631000.125,
    "tenant": "acme",
    "data": {"cause": "normal", "duration_ms": 1200},
}


def test_the_body_of_an_event_of_a_call() -> None:
    body = call_body(EVENT)
    assert json.loads(body) == {
        "id": "evt_c1_7",
        "type": "call.ended",
        "version": 1,
        "timestamp": "2025-11-20T09:30:00.125Z",
        "call": "c1",
        "n": 7,
        "tenant": "acme",
        "data": {"cause": "normal", "duration_ms": 1200},
    }
    assert body == call_body(dict(EVENT))


def test_an_event_about_an_endpoint_belongs_to_no_call() -> None:
    body = json.loads(endpoint_body("evt_ep_1_x", "endpoint.test", 0.0, "acme", {"endpoint": "ep_1"}))
    assert (body["call"], body["n"], body["type"]) == (None, None, "endpoint.test")
    assert body["data"] == {"endpoint": "ep_1"}
    assert body["timestamp"] == "1970-01-01T00:00:00.000Z"


def test_the_headers() -> None:
    assert request_headers("evt_c1_7", 1763631000, "v1,abc", 2, "switchboard/1") == {
        "content-type": "application/json",
        "user-agent": "switchboard/1",
        "webhook-id": "evt_c1_7",
        "webhook-timestamp": "1763631000",
        "webhook-signature": "v1,abc",
        "webhook-attempt": "2",
    }


@given(st.floats(min_value=0, max_value=4e9))
def test_times_are_right_to_the_millisecond(at: float) -> None:
    text = timestamp_text(at)
    assert len(text) == 24
    assert text.endswith("Z")
    assert abs(datetime.fromisoformat(text).timestamp() - at) <= 0.000501
    assert datetime.fromisoformat(text).tzinfo == UTC
