"""Events reach every reader once and in order, from wherever it begins; who cannot have them all is told so."""

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api.ports.events import Resync, Told, TooManyReadersError
from engine.core.errors import StoreError
from engine.shell.serving import event_feed
from engine.shell.serving.event_feed import EventFeed, parse_position, position_text
from engine.shell.store import connect
from tests.shell.records.told import KEYS, ToldCall, append
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

News = Told | Resync | None


@pytest.fixture
def feed(redis_server: RedisServer) -> Iterator[EventFeed]:
    feed = EventFeed(connect(redis_server.url))
    yield feed
    feed.stop()


class Listener:
    """A reader in a greenlet of its own, that can be held up."""

    def __init__(self, follow: Callable[[], Iterator[News]]) -> None:
        self.heard: list[News] = []
        self.gate = gevent.event.Event()
        self.gate.set()
        self.placed = False
        """Whether it has found its place: what comes from then on is for it."""
        self.over = False
        self.greenlet = gevent.spawn(self._listen, follow)

    def _listen(self, follow: Callable[[], Iterator[News]]) -> None:
        for news in self._found_its_place(follow()):
            self.heard.append(news)
            self.gate.wait()
        self.over = True

    def _found_its_place(self, stream: Iterator[News]) -> Iterator[News]:
        self.placed = True
        return stream

    @property
    def told(self) -> list[str]:
        """The ids of the events heard."""
        return [orjson.loads(news.body)["id"] for news in self.heard if isinstance(news, Told)]

    @property
    def resyncs(self) -> list[Resync]:
        return [news for news in self.heard if isinstance(news, Resync)]


def listen(feed: EventFeed, *args: Any, **options: Any) -> Listener:
    listener = Listener(lambda: feed.follow(*args, **options))
    eventually(lambda: listener.placed, "the reader")
    return listener


def ids(*calls: ToldCall) -> list[str]:
    return [f"evt_{call.call}_{n}" for call in calls for n in range(1, len(call.events) + 1)]


def entries(server: RedisServer) -> list[str]:
    client: Any = server.client()
    return [position.decode() for position, _ in client.xrange(KEYS.events)]


def test_readers_hear_what_comes_and_of_their_own_tenant_alone(feed: EventFeed, redis_server: RedisServer) -> None:
    before, acme, other = ToldCall("a", "acme").begins(), ToldCall("b", "acme").begins(), ToldCall("c", "else").begins()
    append(redis_server.client(), before)
    ours, theirs = listen(feed, "acme", None), listen(feed, "else", None)
    append(redis_server.client(), acme, other)
    eventually(lambda: ours.told == ids(acme), "our events")
    eventually(lambda: theirs.told == ids(other), "their events")
    first = ours.heard[0]
    assert isinstance(first, Told)
    assert first.type == "call.initiated"
    assert orjson.loads(first.body).keys() == {"id", "type", "version", "timestamp", "call", "n", "tenant", "data"}
    assert first.position == entries(redis_server)[4]


@pytest.mark.parametrize(
    ("types", "heard"),
    [
        (["call.*"], [1, 3]),
        (["flow.step"], [4]),
        (["*"], [1, 2, 3, 4]),
        (["call.ended"], []),
        (["flow.*", "call.answered"], [2, 3, 4]),
    ],
)
def test_types_are_chosen(feed: EventFeed, redis_server: RedisServer, types: list[str], heard: list[int]) -> None:
    chosen, everything = listen(feed, "acme", None, types), listen(feed, "acme", None)
    append(redis_server.client(), call := ToldCall("a", "acme").begins())
    eventually(lambda: everything.told == ids(call), "all of it")
    assert chosen.told == [f"evt_a_{n}" for n in heard]


def test_one_call_is_chosen(feed: EventFeed, redis_server: RedisServer) -> None:
    one = listen(feed, "acme", None, ["*"], "b")
    a, b = ToldCall("a", "acme").begins(), ToldCall("b", "acme").begins()
    append(redis_server.client(), a, b)
    eventually(lambda: one.told == ids(b), "the one call")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 9), st.integers(1, 4), st.integers(1, 7))
def test_who_comes_back_misses_nothing_and_hears_nothing_twice(
    feed: EventFeed, redis_server: RedisServer, known: int, page: int, more: int
) -> None:
    redis_server.client().flushall()
    past = [ToldCall("a", "acme").begins().ends(), ToldCall("b", "acme").begins().ends()]
    append(redis_server.client(), *past)
    position = "0" if known == 0 else entries(redis_server)[known - 1]
    before, event_feed.PAGE = event_feed.PAGE, page
    try:
        reader = listen(feed, "acme", position)
        late = [ToldCall(f"late-{number}", "acme").begins() for number in range(more)]
        for call in late:
            append(redis_server.client(), call)
            gevent.sleep(0)
        eventually(lambda: reader.told == [*ids(*past)[known:], *ids(*late)], "what was missed and what came")
    finally:
        event_feed.PAGE = before
        reader.greenlet.kill()
    assert reader.resyncs == []


def test_a_slow_reader_is_told_and_let_go_and_others_go_on(
    feed: EventFeed, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "QUEUE", 5)
    slow = listen(feed, "acme", None)
    slow.gate.clear()
    calls = []
    quick = listen(feed, "acme", None)
    for number in range(5):
        calls.append(ToldCall(f"call-{number}", "acme").begins())
        append(redis_server.client(), calls[-1])
        eventually(lambda: quick.told == ids(*calls), "the quick reader")
    slow.gate.set()
    eventually(lambda: slow.over, "the end of the slow one")
    [resync] = slow.resyncs
    assert resync.over
    assert slow.heard[-1] is resync
    assert slow.told == ids(*calls)[: len(slow.told)]
    assert not quick.resyncs
    again = listen(feed, "acme", resync.position)
    eventually(lambda: slow.told + again.told == ids(*calls), "the rest, from where it was let go")
    assert feed.readers == 2


def test_a_reader_that_takes_nothing_at_all_is_cut_off(
    feed: EventFeed, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "QUEUE", 2)
    monkeypatch.setattr(event_feed, "GRACE", 0.05)
    stuck = listen(feed, "acme", None)
    stuck.gate.clear()
    append(redis_server.client(), ToldCall("a", "acme").begins())
    append(redis_server.client(), ToldCall("b", "acme").begins())
    eventually(lambda: stuck.greenlet.dead, "its end")
    assert feed.readers == 0


def test_a_position_that_is_not_kept_any_more(feed: EventFeed, redis_server: RedisServer) -> None:
    call = ToldCall("a", "acme").begins()
    append(redis_server.client(), call)
    known = entries(redis_server)
    redis_server.client().xtrim(KEYS.events, minid=known[2], approximate=False)
    reader = listen(feed, "acme", known[0])
    eventually(lambda: reader.told == ids(call)[2:], "what is kept")
    [resync] = reader.resyncs
    assert (reader.heard[0], resync.over, resync.position) == (resync, False, known[2])
    assert listen(feed, "acme", known[2]).resyncs == []


@pytest.mark.parametrize("trimmed", [False, True])
def test_positions_around_an_empty_stream(feed: EventFeed, redis_server: RedisServer, trimmed: bool) -> None:
    if trimmed:
        append(redis_server.client(), ToldCall("a", "acme").begins())
        redis_server.client().xtrim(KEYS.events, maxlen=0, approximate=False)
    from_the_first, from_later = listen(feed, "acme", "0"), listen(feed, "acme", "9999999999999-0")
    call = ToldCall("b", "acme").begins()
    append(redis_server.client(), call)
    eventually(lambda: from_the_first.told == from_later.told == ids(call), "what came")
    assert len(from_the_first.resyncs) == trimmed
    assert [resync.reason for resync in from_later.resyncs] == ["this position is not known here"]


def test_silence_is_told_now_and_then(feed: EventFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_feed, "KEEP_ALIVE", 0.02)
    reader = listen(feed, "acme", None)
    eventually(lambda: reader.heard[:2] == [None, None], "a sign of life")


def test_readers_leave_no_trace(feed: EventFeed, redis_server: RedisServer) -> None:
    readers = [listen(feed, "acme", None), listen(feed, "acme", "0")]
    for reader in readers:
        reader.greenlet.kill()
    unread = feed.follow("acme", None)
    assert feed.readers == 1
    del unread
    assert feed.readers == 0
    eventually(lambda: feed._greenlet is None, "the end of the greenlet that reads")
    reader = listen(feed, "acme", None)
    append(redis_server.client(), call := ToldCall("a", "acme").begins())
    eventually(lambda: reader.told == ids(call), "the events, with a greenlet made anew")


def test_a_reader_that_ends_while_it_finds_its_place_leaves_no_trace(
    feed: EventFeed, redis_server: RedisServer
) -> None:
    redis_server.freeze()
    reader = gevent.spawn(feed.follow, "acme", "0")
    eventually(lambda: feed.readers == 1, "the reader")
    reader.kill()
    redis_server.thaw()
    assert feed.readers == 0


def test_there_are_bounds(feed: EventFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_feed, "MOST_OF_A_TENANT", 2)
    monkeypatch.setattr(event_feed, "MOST_READERS", 3)
    kept = [feed.follow("acme", None), feed.follow("acme", None)]
    with pytest.raises(TooManyReadersError):
        feed.follow("acme", None)
    kept.append(feed.follow("else", None))
    with pytest.raises(TooManyReadersError):
        feed.follow("third", None)


def test_redis_may_die_and_nothing_is_missed(own_redis: RedisServer) -> None:
    feed = EventFeed(connect(own_redis.url))
    reader = listen(feed, "acme", None)
    first, second = ToldCall("a", "acme").begins(), ToldCall("b", "acme").begins()
    append(own_redis.client(), first)
    eventually(lambda: reader.told == ids(first), "the first call")
    own_redis.kill()
    with pytest.raises(StoreError):
        list(feed.follow("acme", "0"))
    assert feed.readers == 1
    own_redis.start()
    append(own_redis.client(), second)
    eventually(lambda: reader.told == ids(first, second), "the second call")
    assert reader.resyncs == []
    feed.stop()


def test_a_redis_that_forgot_sends_its_readers_to_read_anew(own_redis: RedisServer) -> None:
    feed = EventFeed(connect(own_redis.url))
    reader = listen(feed, "acme", None)
    append(own_redis.client(), ToldCall("a", "acme").begins())
    eventually(lambda: len(reader.told) == 4, "the first call")
    own_redis.client().flushall()
    own_redis.kill()
    own_redis.start()
    eventually(lambda: reader.over, "the end")
    assert [resync.over for resync in reader.resyncs] == [True]
    feed.stop()


def test_what_is_no_event_is_passed_over(feed: EventFeed, redis_server: RedisServer) -> None:
    client: Any = redis_server.client()
    client.xadd(KEYS.events, {"event": "no JSON"})
    reader = listen(feed, "acme", "0")
    client.xadd(KEYS.events, {"event": "[]"})
    client.xadd(KEYS.events, {"other": "x"})
    append(client, call := ToldCall("a", "acme").begins())
    eventually(lambda: reader.told == ids(call), "the events")


def test_positions_are_read_as_they_are_written() -> None:
    for position in [((5, 0),), ((5, 1), (7, 2))]:
        assert parse_position(position_text(position), len(position)) == position
    assert parse_position("0", 1) == ((0, 0),)
    for text in ["", "x", "1-2~3-4", "-1-0", "1-2-3", "99999999999999999999-0"]:
        with pytest.raises(ValueError, match="position"):
            parse_position(text, 1)


def test_the_newest_events_of_a_tenant_are_found_and_what_follows_them(
    feed: EventFeed, redis_server: RedisServer
) -> None:
    first, other, second = (
        ToldCall("a", "acme").begins(),
        ToldCall("b", "else").begins(),
        ToldCall("c", "acme").begins(),
    )
    append(redis_server.client(), first, other, second)
    told, position = feed.recent("acme")
    assert {orjson.loads(one.body)["id"] for one in told} == set(ids(first, second))
    times = [orjson.loads(one.body)["timestamp"] for one in told]
    assert times == sorted(times, reverse=True)
    assert position == entries(redis_server)[-1]
    last = ToldCall("d", "acme").begins()
    append(redis_server.client(), last)
    listener = listen(feed, "acme", position)
    eventually(lambda: listener.told == ids(last), "nothing twice, nothing missed")


def test_the_newest_events_can_be_of_some_types_or_of_one_call_and_are_not_endless(
    feed: EventFeed, redis_server: RedisServer
) -> None:
    calls = [ToldCall(name, "acme").begins() for name in "abc"]
    append(redis_server.client(), *calls)
    assert [one.type for one in feed.recent("acme", ["call.initiated"])[0]] == ["call.initiated"] * 3
    assert {orjson.loads(one.body)["call"] for one in feed.recent("acme", call="b")[0]} == {calls[1].call}
    assert len(feed.recent("acme", limit=2)[0]) == 2
    assert feed.recent("nobody")[0] == []


def test_the_newest_events_are_searched_for_in_bounds(
    feed: EventFeed, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = ToldCall("a", "acme").begins(), ToldCall("b", "else").begins()
    append(redis_server.client(), old, new)
    monkeypatch.setattr(event_feed, "PAGE", len(new.events))
    monkeypatch.setattr(event_feed, "LOOKED_AT", len(new.events))
    assert feed.recent("acme")[0] == []
    monkeypatch.setattr(event_feed, "LOOKED_AT", 10 * len(new.events))
    assert len(feed.recent("acme")[0]) == len(old.events)


def test_without_redis_there_are_no_newest_events(own_redis: RedisServer) -> None:
    feed = EventFeed(connect(own_redis.url))
    own_redis.kill()
    with pytest.raises(StoreError):
        feed.recent("acme")
