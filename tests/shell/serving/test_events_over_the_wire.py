"""Events as a client of the API hears them: at once, and cut off when it reads nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from gevent import socket

from engine.api.frame import create_app
from engine.api.services import Services
from engine.shell.serving import event_feed
from engine.shell.serving.event_feed import EventFeed
from engine.shell.store import connect
from tests.api.memory import Absent, MemoryKeys, MemoryLimits, caller
from tests.shell.records.told import ToldCall, append
from tests.shell.redis_server import RedisServer
from tests.shell.serving.conftest import Serve
from tests.shell.serving.test_event_feed import ids, listen
from tests.shell.waiting import eventually


@pytest.fixture
def wire(redis_server: RedisServer, serve: Serve) -> Iterator[tuple[EventFeed, int]]:
    """A feed behind the API on a port; a key of acme is `key`."""
    feed = EventFeed(connect(redis_server.url))
    keys = MemoryKeys()
    keys.give("key", caller("acme"))
    absent: Any = Absent()
    world = Services(
        keys=keys, limits=MemoryLimits(), idempotency=absent, readiness=absent, flows=absent, calls=absent,
        control=absent, endpoints=absent, deliveries=absent, events=feed, usage=absent, sessions=absent,
    )  # fmt: skip
    yield feed, serve(create_app(world)).server_port
    feed.stop()


def connected(port: int, feed: EventFeed) -> socket.socket:
    """A client that asked for events."""
    before = told(feed)
    client = socket.create_connection(("127.0.0.1", port), 10)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: key\r\n\r\n")
    eventually(lambda: told(feed) > before, "the reader, told of everything from now on")
    return client


def told(feed: EventFeed) -> int:
    """How many readers are told what comes; one that is only counted yet may still be finding its place."""
    return sum(map(len, feed._told.values()))


def test_an_event_is_on_the_wire_at_once(wire: tuple[EventFeed, int], redis_server: RedisServer) -> None:
    feed, port = wire
    with connected(port, feed) as client:
        append(redis_server.client(), ToldCall("a", "acme").begins())
        heard = b""
        while b"evt_a_4" not in heard:
            news = client.recv(4096)
            assert news, heard
            heard += news
    assert b"content-type: text/event-stream" in heard.lower()
    assert heard.index(b"evt_a_1") < heard.index(b"evt_a_4")
    append(redis_server.client(), ToldCall("b", "acme").begins())
    append(redis_server.client(), ToldCall("c", "acme").begins())
    eventually(lambda: feed.readers == 0, "the end of a reader whose client went away")


def test_a_client_that_reads_nothing_is_cut_off_and_the_others_are_served(
    wire: tuple[EventFeed, int], redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "QUEUE", 50)
    monkeypatch.setattr(event_feed, "GRACE", 0.2)
    feed, port = wire
    with connected(port, feed):
        quick = listen(feed, "acme", None)
        heavy = ToldCall("heavy", "acme")
        for _ in range(200):
            heavy.tell("flow.event", {"name": "x" * 50_000})
        for start in range(0, 200, 20):
            part = ToldCall("heavy", "acme")
            part.events = heavy.events[start : start + 20]
            append(redis_server.client(), part)
            eventually(lambda start=start: len(quick.told) == start + 20, "the quick reader")  # type: ignore[misc]
        eventually(lambda: feed.readers == 1, "the end of the stuck one")
    assert quick.told == ids(heavy)
