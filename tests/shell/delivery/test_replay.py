"""Sending again: one event, those of a time, everything that failed; each under its own id, each to its own tenant."""

import time

import pytest

from engine.core.errors import ControlError, StoreError
from engine.shell.delivery.process import DeliverProcess
from engine.shell.delivery.replay import Replay
from engine.shell.keys import CallKeys, EndpointKeys, Keys
from engine.shell.store import connect
from engine.webhooks.endpoint import Endpoint
from tests.shell.delivery.stand import Stand, endpoint, record
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


def begun(stand: Stand, **fields: object) -> tuple[DeliverProcess, Endpoint, Replay]:
    """A process with one endpoint."""
    process = stand.process()
    one = process.store.create("default", endpoint("one", **fields))
    return process, one, Replay(stand.server.client())


def refused(stand: Stand, process: DeliverProcess, *numbers: int) -> None:
    """Events that the endpoint refused for good."""
    stand.receivers.answer = lambda sent: 400
    stand.publish("a", *numbers)
    eventually(lambda: process.store.backlog("ep_one")["dead"] == len(numbers), "dead letters")
    stand.receivers.answer = lambda sent: 200
    stand.receivers.sent.clear()


def test_a_dead_letter_is_sent_again_under_its_id(stand: Stand) -> None:
    process, one, replay = begun(stand, retry_enabled=False)
    refused(stand, process, 1, 2)
    assert replay.one(one, "evt_a_2")
    eventually(lambda: stand.receivers.to("one") == ["evt_a_2"], "the one")
    assert stand.receivers.sent[0].attempt == 1
    assert stand.receivers.sent[0].body["id"] == "evt_a_2"
    eventually(lambda: process.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 1}, "the other is left")


def test_everything_that_failed_is_sent_again_in_order(stand: Stand) -> None:
    process, one, replay = begun(stand, retry_enabled=False)
    refused(stand, process, *range(1, 13))
    assert replay.failed_since(one, time.time() + 60) == 0
    assert replay.failed_since(one, time.time() - 60) == 12
    eventually(lambda: len(stand.receivers.sent) == 12, "all of them")
    assert stand.receivers.to("one") == [f"evt_a_{n}" for n in range(1, 13)]
    eventually(lambda: process.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 0}, "nothing left")
    assert replay.failed_since(one, 0) == 0


def test_what_waits_for_a_slow_retry_is_sent_at_once(stand: Stand) -> None:
    process, one, replay = begun(stand, retry_delay_seconds=3600)
    stand.receivers.answer = lambda sent: 400
    stand.publish("a", 1)
    eventually(lambda: process.store.backlog("ep_one")["slow"] == 1, "parked")
    stand.receivers.answer = lambda sent: 200
    assert replay.failed_since(one, 0) == 1
    eventually(lambda: stand.receivers.to("one") == ["evt_a_1", "evt_a_1"], "again")
    eventually(lambda: process.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 0}, "nothing left")


def test_the_events_of_a_time_are_sent_again(stand: Stand) -> None:
    _process, one, replay = begun(stand, events=("call.*",))
    start = time.time()
    stand.publish("a", 1, 2, 3)
    stand.publish("b", 1, kind="flow.step")
    stand.publish("c", 1, tenant="other")
    eventually(lambda: len(stand.receivers.sent) == 3, "the first time")
    assert replay.between(one, start - 5, time.time() + 5) == 3
    eventually(lambda: stand.receivers.to("one") == [f"evt_a_{n}" for n in (1, 2, 3)] * 2, "the second time")
    assert replay.between(one, start + 60, start + 120) == 0
    assert replay.between(one, 0, start - 60) == 0


def test_what_happened_while_an_endpoint_was_disabled_can_be_sent(stand: Stand) -> None:
    process, _one, replay = begun(stand)
    disabled_at = time.time()
    process.store.disable("default", "ep_one", "paused", disabled_at)
    stand.publish("a", *range(1, 401))
    back = process.store.change("default", "ep_one", lambda known: known.enabled(time.time()))
    assert back is not None
    assert replay.between(back, disabled_at - 1, time.time() + 1) == 400
    eventually(lambda: len(set(stand.receivers.to("one"))) == 400, "all of it")
    assert list(dict.fromkeys(stand.receivers.to("one"))) == [f"evt_a_{n}" for n in range(1, 401)]


def test_too_much_at_once_is_refused_and_nothing_is_sent(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.shell.delivery.replay.MOST", 5)
    process, one, replay = begun(stand, events=("call.ended",))
    stand.publish("a", *range(1, 7), kind="call.ended")
    eventually(lambda: len(stand.receivers.sent) == 6, "the first time")
    with pytest.raises(ControlError, match="shorter time"):
        replay.between(one, 0, time.time() + 5)
    assert process.store.backlog("ep_one")["waiting"] == 0


def test_one_event_is_found_in_what_is_remembered_of_its_call(stand: Stand) -> None:
    _process, one, replay = begun(stand, events=("call.ended",))
    for n in range(1, 5):
        stand.server.client().rpush(CallKeys("a").trace, record("a", n))
    assert replay.one(one, "evt_a_3"), "also one it did not subscribe to"
    eventually(lambda: stand.receivers.to("one") == ["evt_a_3"], "sent")
    assert not replay.one(one, "evt_a_5")


def test_one_event_is_found_among_the_newest(redis_server: RedisServer, stand: Stand) -> None:
    _process, one, replay = begun(stand, events=("call.ended",))
    about = record(None, None, "endpoint.disabled").replace(b"evt_None_None", b"evt_ep_two_disabled_1")
    redis_server.client().xadd(Keys(0).events, {"event": about})
    assert replay.one(one, "evt_ep_two_disabled_1")
    eventually(lambda: stand.receivers.to("one") == ["evt_ep_two_disabled_1"], "sent")


@pytest.mark.parametrize(
    "event", ["", "evt_", "evt_a", "evt_a_x", "evt_a_99999999999999999999", "\x00", "é", "evt_a_0"]
)
def test_an_event_nobody_knows_is_not_found(stand: Stand, event: str) -> None:
    _, one, replay = begun(stand)
    stand.publish("a", 1)
    assert not replay.one(one, event)


def test_nothing_of_another_tenant_can_be_had(stand: Stand) -> None:
    _, one, replay = begun(stand)
    stand.publish("x", 1, tenant="other")
    stand.server.client().rpush(CallKeys("y").trace, record("y", 1, tenant="other"))
    assert not replay.one(one, "evt_x_1")
    assert not replay.one(one, "evt_y_1")
    assert replay.between(one, 0, time.time() + 5) == 0
    assert stand.receivers.sent == []


def test_a_test_is_sent_whatever_was_subscribed(stand: Stand) -> None:
    process, one, replay = begun(stand, events=("call.ended",))
    event = replay.send_test(one)
    eventually(lambda: stand.receivers.to("one") == [event], "the test")
    body = stand.receivers.sent[0].body
    assert (body["type"], body["call"], body["data"]) == ("endpoint.test", None, {"endpoint": "ep_one"})
    off = process.store.disable("default", "ep_one", "paused", 1.0)
    assert off is not None
    with pytest.raises(ControlError, match="not active"):
        replay.send_test(off)


def test_an_endpoint_with_too_much_waiting_gets_no_more(redis_server: RedisServer, stand: Stand) -> None:
    one = endpoint("one", is_active=False)
    redis_server.client().hset(EndpointKeys("ep_one").state, "tenant", "default")
    replay = Replay(redis_server.client(), queue_limit=2)
    for n in range(1, 4):
        redis_server.client().rpush(CallKeys("a").trace, record("a", n))
    assert replay.one(one, "evt_a_1")
    assert replay.one(one, "evt_a_2")
    with pytest.raises(ControlError, match="too much"):
        replay.one(one, "evt_a_3")


def test_redis_away_is_told(own_redis: RedisServer) -> None:
    replay = Replay(connect(own_redis.url))
    own_redis.kill()
    for ask in (
        lambda: replay.one(endpoint(), "evt_a_1"), lambda: replay.between(endpoint(), 0, 1),
        lambda: replay.failed_since(endpoint(), 0), lambda: replay.send_test(endpoint()),
    ):  # fmt: skip
        with pytest.raises(StoreError):
            ask()
