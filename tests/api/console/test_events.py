"""Events as a page and as a stream, and nudges: of one's own tenant, until the session ends."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.api.console import events as console_events
from engine.api.ports.events import Resync, TooManyReadersError
from engine.api.services import Services
from engine.core.errors import StoreError
from tests.api.console.browsing import Browser
from tests.api.console.conftest import SignIn
from tests.api.console.lively import NOW, MemoryEvents, MemorySessions, event
from tests.api.memory import MemoryKeys

STREAM = "/console/events/stream"


@pytest.fixture
def feed(world: Services) -> MemoryEvents:
    assert isinstance(world.events, MemoryEvents)
    world.events.patience = 0.01
    return world.events


def stream(browser: Browser, path: str = STREAM, **options: Any) -> TestResponse:
    return browser.client.get(path, buffered=False, **options)


def messages(reply: TestResponse) -> Iterator[dict[str, str]]:
    """The messages of a stream, as a browser understands them."""
    for part in reply.iter_encoded():
        lines = [line.partition(": ") for line in part.decode().strip().splitlines()]
        found: dict[str, str] = {}
        for name, _, value in lines:
            found[name] = f"{found[name]}\n{value}" if name in found else value
        yield found


def next_of(told: Iterator[dict[str, str]], name: str) -> dict[str, str]:
    return next(one for one in told if one.get("event") == name)


def test_the_newest_events_are_on_the_page_and_the_stream_follows(sign_in: SignIn, feed: MemoryEvents) -> None:
    feed.tell(event("call-1", 1, "call.initiated", NOW, caller="+44", called="+49"))
    feed.tell(event("call-1", 2, "call.answered", NOW + 1))
    feed.tell(event("call-9", 1, "call.answered", NOW + 1, "else"))
    browser = sign_in()
    page = browser.open("/console/events")
    assert page.text.index("Answered") < page.text.index("+44 called +49")
    assert "call-9" not in page.html
    (listed,) = [known for known in page.all("ol") if "data-stream" in known]
    feed.tell(event("call-1", 3, "call.dtmf", NOW + 2, digit="5"))
    told = next_of(messages(stream(browser, listed["data-stream"])), "told")
    assert "Key 5 pressed" in told["data"]
    assert told["id"] == "4-0"


def test_a_browser_that_comes_back_misses_nothing(sign_in: SignIn, feed: MemoryEvents) -> None:
    for n in range(1, 4):
        feed.tell(event("call-1", n, "call.dtmf", NOW, digit=str(n)))
    told = messages(stream(sign_in(), f"{STREAM}?after=0-0", headers={"Last-Event-ID": "2-0"}))
    assert "Key 3 pressed" in next_of(told, "told")["data"]


def test_a_stream_can_be_of_some_types_or_one_call(sign_in: SignIn, feed: MemoryEvents) -> None:
    feed.tell(event("call-1", 1, "flow.step", NOW, kind="menu"))
    feed.tell(event("call-2", 1, "call.answered", NOW))
    feed.tell(event("call-1", 2, "call.answered", NOW))
    browser = sign_in()
    page = browser.open("/console/events?types=call.*&call=call-1")
    assert "Step menu" not in page.text
    assert "call-2" not in page.html
    (address,) = [known["data-stream"] for known in page.all("ol") if "data-stream" in known]
    told = next_of(messages(stream(browser, address.replace("after=3-0", "after=0-0"))), "told")
    assert told["id"] == "3-0"


@pytest.mark.parametrize("query", ["types=call.ende", "types=<script>", "types="])
def test_what_nobody_tells_is_said(sign_in: SignIn, query: str) -> None:
    browser = sign_in()
    page = browser.open(f"/console/events?{query}")
    assert page.status == 400
    assert "<script>" not in page.html
    assert stream(browser, f"{STREAM}?{query}").status_code == 400


@pytest.mark.parametrize("after", ["x", "-", "\N{SNOWMAN}"])
def test_a_position_that_is_none_is_refused(sign_in: SignIn, after: str) -> None:
    assert stream(sign_in(), STREAM, query_string={"after": after}).status_code == 400


def test_rows_hold_texts_whatever_is_in_them(sign_in: SignIn, feed: MemoryEvents) -> None:
    feed.tell(event("call-1", 1, "call.initiated", NOW, caller="<script>x</script>\n\ndata: y\nid: z", called="\u202e"))
    told = next_of(messages(stream(sign_in(), f"{STREAM}?after=0-0")), "told")
    assert told["id"] == "1-0"
    assert "<script>" not in told["data"]
    assert "\u202e" not in told["data"]


def test_a_stream_is_not_kept_and_not_held_back(sign_in: SignIn, feed: MemoryEvents) -> None:
    reply = stream(sign_in())
    assert reply.mimetype == "text/event-stream"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Accel-Buffering"] == "no"
    parts = messages(reply)
    assert next(parts) == {"retry": "2000"}
    assert next(parts) == {"": "still here"}


def test_nudges_say_that_something_happened_and_no_more(sign_in: SignIn, feed: MemoryEvents) -> None:
    told = messages(stream(sign_in("calls:read"), "/console/nudges"))
    next(told)
    next(told)
    feed.tell(event("call-1", 1, "recording.saved", NOW))
    feed.tell(event("call-1", 2, "call.answered", NOW, secret="secret"))
    feed.tell(event("call-1", 3, "call.answered", NOW))
    assert next(told) == {"event": "changed", "data": "."}
    assert next(told) == {"": "still here"}  # the third came right after the second


def test_nudges_can_be_of_one_call(sign_in: SignIn, feed: MemoryEvents) -> None:
    told = messages(stream(sign_in("calls:read"), "/console/nudges?call=call-1"))
    next(told)
    feed.tell(event("call-2", 1, "call.answered", NOW))
    assert next(told) == {"": "still here"}


@pytest.mark.parametrize(("path", "scope"), [(STREAM, "calls:read"), ("/console/nudges", "events:read")])
def test_each_stream_needs_its_scope(sign_in: SignIn, path: str, scope: str) -> None:
    assert stream(sign_in(scope), path).status_code == 403


@pytest.mark.parametrize("how", ["signed out", "revoked"])
def test_a_stream_ends_with_its_session(
    sign_in: SignIn, world: Services, feed: MemoryEvents, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(console_events, "LOOK_AT_SESSION", 0.0)
    told = messages(stream(sign_in()))
    next(told)
    next(told)
    assert isinstance(world.sessions, MemorySessions)
    assert isinstance(world.keys, MemoryKeys)
    (world.sessions if how == "signed out" else world.keys).known.clear()
    assert "over" in [one.get("event") for one in told]
    assert feed.readers == []


def test_a_stream_goes_on_while_redis_is_away(
    sign_in: SignIn, world: Services, feed: MemoryEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_events, "LOOK_AT_SESSION", 0.0)
    told = messages(stream(sign_in()))
    next(told)

    def away(_: str) -> None:
        raise StoreError("away")

    monkeypatch.setattr(world.sessions, "find", away)
    assert [next(told) for _ in range(3)] == [{"": "still here"}] * 3
    feed.tell(event("call-1", 1, "call.answered", NOW))
    assert "Answered" in next_of(told, "told")["data"]


def test_who_fell_behind_is_told_to_look_anew(
    sign_in: SignIn, feed: MemoryEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "follow", lambda *_: iter([Resync("1-0", "too slow", over=True)]))
    assert [one.get("event") for one in messages(stream(sign_in()))] == [None, "resync"]


def test_too_many_readers_are_told_to_come_later(
    sign_in: SignIn, feed: MemoryEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TooManyReadersError("too many readers")

    monkeypatch.setattr(feed, "follow", refuse)
    reply = stream(sign_in())
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "10")
