"""From the outbox to Redis: each turn once, whoever dies in between and however long ago."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import redis

from engine.core.ids import CallId
from engine.shell.drain import Drain, Mark
from engine.shell.keys import Keys, shard_of
from engine.shell.outbox import Outbox, Value, pack, unpack
from engine.shell.outbox_file import OutboxError, OutboxFile
from engine.shell.store import Commit, Store
from tests.shell.redis_server import RedisServer
from tests.shell.test_store import stored_events, turn

KEYS = Keys(0)
DAY = 86400.0


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path / "outbox", 1 << 30)
    yield outbox
    outbox.close()


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[Store]:
    """Not started: nothing but the drain writes."""
    store = Store(redis_server.url)
    yield store
    store.stop()


def drain_of(outbox: Outbox, store: Store, send: Callable[..., None] | None = None) -> Drain:
    return Drain(outbox, store.redis, store._keys, send or store._send, 3600)


def keep(outbox: Outbox, *commits: Commit, doubtful: int = 0) -> None:
    outbox.keep([pack(commit.values()) for commit in commits], doubtful)


def life(call: str, count: int) -> list[Commit]:
    """A whole call: turns of one signal and one event, the last of them its end."""
    name = CallId(call)
    return [turn(name, n, event_from=n + 1, events=1, closed=n == count - 1) for n in range(count)]


def ids(call: str, count: int) -> list[str]:
    return [f"evt_{call}_{n}" for n in range(1, count + 1)]


def run_dry(drain: Drain) -> int:
    total = 0
    while some := drain.step():
        total += some
    return total


def test_turns_arrive_in_their_order(redis_server: RedisServer, outbox: Outbox, store: Store) -> None:
    keep(outbox, *life("a", 300), *life("b", 300))
    assert run_dry(drain_of(outbox, store)) == 600
    assert stored_events(redis_server) == [f"evt_{call}_{n}" for call in "ab" for n in range(1, 301)]
    assert len(store.journal(CallId("a"))[1]) == 300
    assert store.written == 600
    assert drain_of(outbox, store).step() == 0


def test_a_turn_on_the_disk_is_written_as_it_would_have_been(redis_server: RedisServer, outbox: Outbox) -> None:
    direct = Store(redis_server.url)
    commit = turn(CallId("ü-call"), 0, signals=2, event_from=1, events=2)
    direct._send(KEYS, [commit.values()])
    before = {key: redis_server.client().dump(key) for key in redis_server.client().keys("*journal*")}  # type: ignore[union-attr]
    events = [fields for _, fields in redis_server.client().xrange(KEYS.events)]  # type: ignore[union-attr]
    redis_server.client().flushall()
    keep(outbox, commit)
    run_dry(drain_of(outbox, direct))
    assert before == {key: redis_server.client().dump(key) for key in redis_server.client().keys("*journal*")}  # type: ignore[union-attr]
    assert events == [fields for _, fields in redis_server.client().xrange(KEYS.events)]  # type: ignore[union-attr]
    direct.stop()


def test_each_shard_gets_its_own(redis_server: RedisServer, outbox: Outbox) -> None:
    store = Store(redis_server.url, shards=4)
    calls = [f"call-{number}" for number in range(20)]
    for call in calls:
        keep(outbox, *life(call, 3))
    run_dry(drain_of(outbox, store))
    for call in calls:
        told = stored_events(redis_server, Keys(shard_of(call, 4)))
        assert [one for one in told if one.startswith(f"evt_{call}_")] == [f"evt_{call}_{n}" for n in (1, 2, 3)]
    store.stop()


class Unsure:
    """Sends as the store does, and then says that nobody knows."""

    def __init__(self, store: Store, failures: int) -> None:
        self._store = store
        self.failures = failures

    def __call__(self, keys: Keys, turns: Sequence[Sequence[Value]], mark: Mark) -> None:
        self._store._send(keys, turns, mark)
        if self.failures:
            self.failures -= 1
            raise redis.ConnectionError("no answer")


def forget_calls(server: RedisServer) -> None:
    """As hours after their end: Redis knows nothing of any call any more."""
    for key in server.client().keys("*call:*"):  # type: ignore[union-attr]
        server.client().delete(key)
    for key in server.client().keys("*journal:*"):  # type: ignore[union-attr]
        server.client().delete(key)


def test_an_answer_that_was_lost_doubles_nothing_even_when_the_calls_are_long_forgotten(
    redis_server: RedisServer, outbox: Outbox, store: Store
) -> None:
    keep(outbox, *life("a", 100), *life("b", 300))
    drain = drain_of(outbox, store, Unsure(store, 1))
    with pytest.raises(redis.ConnectionError):
        drain.step()
    forget_calls(redis_server)
    assert run_dry(drain) == 400
    assert stored_events(redis_server) == [
        *(f"evt_a_{n}" for n in range(1, 101)),
        *(f"evt_b_{n}" for n in range(1, 301)),
    ]


def test_a_death_between_writing_and_deleting_doubles_nothing(
    redis_server: RedisServer, tmp_path: Path, store: Store
) -> None:
    first = Outbox(tmp_path / "outbox", 1 << 30)
    keep(first, *life("a", 3), *life("b", 3))
    batch = first.next()
    assert batch is not None
    store._send(KEYS, [unpack(row.turn) for row in batch.rows[:4]], (batch.outbox, batch.rows[3].number))
    first.close()
    forget_calls(redis_server)
    second = Outbox(tmp_path / "outbox", 1 << 30)
    second.adopt()
    keep(second, *life("c", 2))
    assert run_dry(drain_of(second, store)) == 8
    assert stored_events(redis_server) == [*ids("a", 3), *ids("b", 3), *ids("c", 2)]
    second.close()


def test_a_disk_that_does_not_let_go_doubles_nothing(
    redis_server: RedisServer, outbox: Outbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(file: OutboxFile, number: int) -> None:
        raise OutboxError("disk I/O error")

    monkeypatch.setattr(OutboxFile, "remove", stuck)
    keep(outbox, *life("a", 300))
    drain = drain_of(outbox, store)
    assert drain.step() == 256
    forget_calls(redis_server)
    assert run_dry(drain) == 44
    assert len(stored_events(redis_server)) == 300


# Turns that were on their way when Redis went, and Redis comes back after hours


@pytest.mark.parametrize("age", [0.0, DAY, -DAY], ids=["at once", "a day later", "the clock was set back"])
@pytest.mark.parametrize("arrived", [True, False])
def test_a_call_that_ended_as_redis_went_is_told_once(
    redis_server: RedisServer, outbox: Outbox, store: Store, monkeypatch: pytest.MonkeyPatch, age: float, arrived: bool
) -> None:
    before, on_the_way = life("a", 5)[:3], life("a", 5)[3:]
    store._send(KEYS, [commit.values() for commit in before])
    if arrived:
        store._send(KEYS, [commit.values() for commit in on_the_way])
        if age > 0:
            forget_calls(redis_server)
    keep(outbox, *on_the_way, *life("b", 2), doubtful=2)
    real = time.time
    monkeypatch.setattr("engine.shell.drain.time.time", lambda: real() + age)
    run_dry(drain_of(outbox, store))
    assert stored_events(redis_server) == [*ids("a", 5), *ids("b", 2)]


def test_a_call_that_began_as_redis_went_is_told_a_day_later(
    redis_server: RedisServer, outbox: Outbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(outbox, *life("a", 5), doubtful=5)
    real = time.time
    monkeypatch.setattr("engine.shell.drain.time.time", lambda: real() + DAY)
    run_dry(drain_of(outbox, store))
    assert stored_events(redis_server) == ids("a", 5)


def test_what_was_made_under_an_earlier_lease_is_refused_after_a_claim(
    redis_server: RedisServer, outbox: Outbox, store: Store
) -> None:
    store._send(KEYS, [commit.values() for commit in life("a", 9)[:2]])
    store.claim(CallId("a"), 7)
    keep(outbox, *life("a", 9)[2:], *life("b", 1))
    run_dry(drain_of(outbox, store))
    assert stored_events(redis_server) == ["evt_a_1", "evt_a_2", "evt_b_1"]
    assert len(store.journal(CallId("a"))[1]) == 2
