"""Reading events back: in order, page by page, by call and by family, and as they come."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from engine.core.errors import StoreError
from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.event_reader import PAGE, EventReader, Wanted
from engine.shell.store import Commit, Store


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    redis = EmbeddedRedis(tmp_path / "redis")
    yield redis.start()
    redis.stop()


def tell(url: str, call: str, kind: str, count: int, first: int = 1) -> None:
    store = Store(url)
    store.start()
    events = [CallEvent(CallId(call), first + n, kind, 1.0, "default", {}) for n in range(count)]
    assert store.commit(Commit(CallId(call), "sim", "b", first - 1, [b"{}"] * count, events))
    store.stop()


def test_more_than_a_page_comes_in_order(url: str) -> None:
    tell(url, "a", "flow.step", PAGE)
    tell(url, "b", "call.ended", PAGE + 7)
    events = list(EventReader(url).past())
    assert [event["n"] for event in events] == [*range(1, PAGE + 1), *range(1, PAGE + 8)]
    assert len(list(EventReader(url).past(Wanted(call="b")))) == PAGE + 7
    assert list(EventReader(url).past(Wanted(call="b", type="flow"))) == []


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [("flow.step", True), ("flow", True), ("flow.st", False), ("call", False), ("", True), ("flow.step.x", False)],
)
def test_a_type_or_its_family(wanted: str, holds: bool) -> None:
    assert Wanted(type=wanted).holds({"type": "flow.step"}) is holds


def test_following_from_the_beginning_and_from_now(url: str) -> None:
    tell(url, "a", "call.initiated", 1)
    reader = EventReader(url)
    everything, news = reader.follow(Wanted(), {}), EventReader(url).follow(since=reader.newest())
    first = next(everything)
    assert first is not None
    assert first["n"] == 1
    waiting = gevent.spawn(next, (event for event in news if event is not None))
    tell(url, "a", "call.ended", 1, first=2)
    assert waiting.get(timeout=20)["type"] == "call.ended"


def test_no_news_is_told_too(url: str) -> None:
    assert next(EventReader(url).follow()) is None


def test_a_redis_that_is_away() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        list(EventReader("redis://127.0.0.1:1/0").past())
