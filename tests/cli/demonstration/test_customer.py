"""The customer's server believes what is signed for it, and nothing else."""

import time
from collections.abc import Iterator

import orjson
import pytest
import requests

from engine.cli.demonstration.customer import Customer
from engine.webhooks.endpoint import Endpoint
from engine.webhooks.signature import sign


@pytest.fixture
def customer() -> Iterator[Customer]:
    customer = Customer()
    customer.start()
    yield customer
    customer.stop()


def post(endpoint: Endpoint, event: str, *, keys: tuple[bytes, ...] | None = None, age: int = 0) -> int:
    now = int(time.time()) - age
    body = orjson.dumps({"id": event, "call": "c1"})
    signature = sign(endpoint.signing_keys(now) if keys is None else keys, event, now, body)
    headers = {"webhook-id": event, "webhook-timestamp": str(now), "webhook-signature": signature}
    return requests.post(endpoint.url, body, headers=headers, timeout=5).status_code


def test_what_is_signed_is_believed_and_counted_once(customer: Customer) -> None:
    endpoint = customer.endpoint("default")
    assert [post(endpoint, event) for event in ("evt_1", "evt_2", "evt_1")] == [204] * 3
    assert [event["id"] for event in customer.received("c1")] == ["evt_1", "evt_2"]
    assert customer.received("c2") == []
    assert customer.refused == []


def test_what_is_not_signed_for_it_is_refused(customer: Customer) -> None:
    endpoint = customer.endpoint("default")
    assert post(endpoint, "evt_1", keys=(b"another",)) == 401
    assert post(endpoint, "evt_1", age=3600) == 401
    assert requests.post(endpoint.url, b"{}", timeout=5).status_code == 401
    assert customer.received("c1") == []
    assert len(customer.refused) == 3
