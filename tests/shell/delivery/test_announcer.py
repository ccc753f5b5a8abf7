"""What becomes of endpoints is told as events, before it is done, and until Redis takes it."""

from collections.abc import Iterator

import orjson
import pytest

from engine.shell.delivery.announcer import Announcer
from engine.shell.delivery.endpoints import EndpointStore
from engine.shell.keys import Keys
from engine.shell.store import connect
from tests.shell.delivery.stand import endpoint
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


def told(server: RedisServer) -> list[dict[str, object]]:
    return [orjson.loads(fields[b"event"]) for _, fields in server.client().xrange(Keys(0).events)]  # type: ignore[union-attr]


@pytest.fixture
def announcer(redis_server: RedisServer, store: EndpointStore) -> Iterator[Announcer]:
    announcer = Announcer(connect(redis_server.url), store)
    yield announcer
    announcer.stop(0.1)


def test_a_recovery_is_an_event_of_no_call(redis_server: RedisServer, announcer: Announcer) -> None:
    announcer.recovered(endpoint("one", tenant="acme"), 12.34)
    (event,) = eventually(lambda: told(redis_server), "the event")
    assert (event["type"], event["tenant"], event["call"], event["n"]) == ("endpoint.recovered", "acme", None, None)
    assert event["data"] == {"endpoint": "ep_one", "url": "https://one.example/", "seconds": 12.3}
    assert str(event["id"]).startswith("evt_ep_one_recovered_")


def test_an_endpoint_is_disabled_and_that_is_told_once(
    redis_server: RedisServer, store: EndpointStore, announcer: Announcer
) -> None:
    one = store.create("acme", endpoint("one"))
    for _ in range(3):
        announcer.disable(one, "failing", 1700000000.0)
        eventually(lambda: not store.list("acme")[0].is_active, "disabled")
    announcer.stop()
    (event,) = told(redis_server)
    assert event["id"] == "evt_ep_one_disabled_1700000000"
    assert event["data"] == {"endpoint": "ep_one", "url": "https://one.example/", "reason": "failing"}
    assert store.list("acme")[0].disabled_reason == "failing"


def test_a_deleted_endpoint_is_not_told_of(
    redis_server: RedisServer, store: EndpointStore, announcer: Announcer
) -> None:
    one = store.create("acme", endpoint("one"))
    store.delete("acme", "ep_one")
    announcer.disable(one, "gone", 1.0)
    announcer.stop()
    assert told(redis_server) == []


def test_redis_away_delays_it(own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.shell.delivery.announcer.RETRY_DELAY", 0.05)
    store = EndpointStore(connect(own_redis.url), str, str)
    announcer = Announcer(connect(own_redis.url), store)
    one = store.create("acme", endpoint("one"))
    own_redis.kill()
    announcer.disable(one, "gone", 1.0)
    own_redis.start()
    eventually(lambda: not store.list("acme")[0].is_active, "disabled at last")
    assert [event["type"] for event in told(own_redis)] == ["endpoint.disabled"]
    announcer.stop(0.1)
