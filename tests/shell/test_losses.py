"""Losses as events that belong to no call."""

from typing import Any

import orjson

from engine.core.events import EVENT_TYPES
from engine.shell.keys import Keys
from engine.shell.losses import TYPE, Loss, tell_losses
from tests.shell.redis_server import RedisServer

ONE = Loss(1700000000.5, "stream", "acme", 12, "evt_a_1", "evt_b_3", "all full")


def test_a_loss_is_an_event_in_the_stream(redis_server: RedisServer) -> None:
    client = redis_server.client()
    tell_losses(client, Keys(0).events, [ONE, ONE])
    entries: Any = client.xrange(Keys(0).events)
    first, second = (orjson.loads(fields[b"event"]) for _, fields in entries)
    assert first == second, "told twice, it is the same event"
    assert first == {
        "id": "evt_lost_stream_evt_a_1", "type": "events.lost", "version": 1, "call": None, "n": None,
        "at": 1700000000.5, "tenant": "acme",
        "data": {"where": "stream", "events": 12, "first": "evt_a_1", "last": "evt_b_3", "reason": "all full"},
    }  # fmt: skip


def test_it_is_described() -> None:
    assert all(field in EVENT_TYPES[TYPE] for field in ("where", "events", "first", "last", "reason"))
