"""Deliveries as the API asks for them, from a real Redis."""

import pytest

from engine.core.errors import ControlError
from engine.shell.delivery.endpoints import EndpointStore
from engine.shell.serving.deliveries import Deliveries
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import new_secret
from tests.shell.redis_server import RedisServer


def test_a_fresh_endpoint_has_nothing_and_takes_a_test(redis_server: RedisServer) -> None:
    client = redis_server.client()
    store = EndpointStore(client, str, str)
    made = Endpoint(EndpointId("ep_1"), "acme", "https://example.com/", ("*",), (new_secret(bytes(32)),))
    endpoint = store.create("acme", made)
    deliveries = Deliveries(client)
    assert deliveries.attempts(endpoint.id, 50, 0) == ([], 0)
    assert deliveries.dead_letters(endpoint.id, 50, 0) == ([], 0)
    assert not deliveries.replay_one(endpoint, "evt_unknown_1")
    assert deliveries.replay_between(endpoint, 0.0, 1.0) == 0
    assert deliveries.replay_failed(endpoint, 0.0) == 0
    assert deliveries.send_test(endpoint).startswith("evt_ep_1_test_")
    assert store.backlog(endpoint.id)["waiting"] == 1
    with pytest.raises(ControlError):
        deliveries.send_test(endpoint.disabled("paused", 1.0))
