"""Events as server-sent events: in the form browsers read, from where the reader was, and no longer than its key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import orjson
import pytest
from werkzeug.test import Client

from engine.api import events
from engine.api.ports.events import Resync, Told, TooManyReadersError
from engine.api.services import Services
from engine.core.errors import StoreError
from tests.api.conftest import Connect
from tests.api.memory import MemoryKeys

News = Told | Resync | None
EVENT = Told("5-1", "call.ended", b'{"id":"evt_a_1"}')


@dataclass
class MemoryFeed:
    """Tells what the test says, then ends; keeps what it was asked."""

    news: list[News] = field(default_factory=lambda: [EVENT])
    asked: list[tuple[str, str | None, list[str], str]] = field(default_factory=list)
    wrong: Exception | None = None

    def follow(self, tenant: str, after: str | None, types: Sequence[str] = ("*",), call: str = "") -> Iterator[News]:
        self.asked.append((tenant, after, list(types), call))
        if self.wrong is not None:
            raise self.wrong
        return iter(self.news)


@pytest.fixture
def feed() -> MemoryFeed:
    return MemoryFeed()


@pytest.fixture
def client(world: Services, feed: MemoryFeed, connect: Connect) -> Client:
    return connect(replace(world, events=feed), "acme", "events:read")


def test_the_form_of_the_stream(client: Client, feed: MemoryFeed) -> None:
    feed.news = [EVENT, None, Resync("7-0", "older events are not kept any more", over=True)]
    reply = client.get("/v1/events")
    assert reply.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["X-Accel-Buffering"] == "no"
    retry, event, comment, resync, rest = reply.get_data(as_text=True).split("\n\n")
    assert retry == "retry: 2000"
    assert event == 'id: 5-1\nevent: call.ended\ndata: {"id":"evt_a_1"}'
    assert comment.startswith(":")
    assert resync.startswith("event: resync\ndata: ")
    assert orjson.loads(resync.partition("data: ")[2])["position"] == "7-0"
    assert rest == ""


@pytest.mark.parametrize(
    ("query", "header", "asked"),
    [
        ("", None, ("acme", None, ["*"], "")),
        ("?types=call.*, flow.step&call=one", None, ("acme", None, ["call.*", "flow.step"], "one")),
        ("", "5-1", ("acme", "5-1", ["*"], "")),
        ("?last_event_id=4-1", None, ("acme", "4-1", ["*"], "")),
        ("?last_event_id=4-1", "5-1", ("acme", "5-1", ["*"], "")),
    ],
)
def test_what_is_asked_for(
    client: Client, feed: MemoryFeed, query: str, header: str | None, asked: tuple[str, str | None, list[str], str]
) -> None:
    assert client.get(f"/v1/events{query}", headers={"Last-Event-ID": header} if header else {}).status_code == 200
    assert feed.asked == [asked]


@pytest.mark.parametrize(
    ("query", "header", "told"),
    [
        ("?types=call.endet", None, 'did you mean "call.ended"?'),
        ("?types=calls.*", None, "types"),
        ("?call=a%20b", None, "call"),
        ("", "x", "Last-Event-ID"),
        ("?last_event_id=now", None, "Last-Event-ID"),
    ],
)
def test_what_cannot_be_followed(client: Client, query: str, header: str | None, told: str) -> None:
    reply = client.get(f"/v1/events{query}", headers={"Last-Event-ID": header} if header else {})
    assert reply.status_code == 400
    assert told in reply.json["message"]


@pytest.mark.parametrize(
    ("wrong", "status"), [(StoreError("away"), 503), (TooManyReadersError("many"), 429), (ValueError("is none"), 400)]
)
def test_what_the_feed_refuses(client: Client, feed: MemoryFeed, wrong: Exception, status: int) -> None:
    feed.wrong = wrong
    assert client.get("/v1/events").status_code == status


def test_a_stream_ends_with_its_key(
    world: Services, client: Client, feed: MemoryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LOOK_AT_KEY", -1.0)
    keys = world.keys
    assert isinstance(keys, MemoryKeys)

    def told() -> Iterator[News]:
        yield EVENT
        keys.known.clear()
        yield EVENT
        raise AssertionError("nothing is read for a key that is revoked")

    feed.news = told()  # type: ignore[assignment]
    assert client.get("/v1/events").get_data(as_text=True).count("data:") == 2


def test_the_scope_is_needed(world: Services, feed: MemoryFeed, connect: Connect) -> None:
    assert connect(replace(world, events=feed), "acme", "calls:read").get("/v1/events").status_code == 403
