"""The store against a real Redis: nothing lost, nothing doubled, in order, and few writes for many turns."""

from collections.abc import Iterator

import gevent
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.errors import StoreError
from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.shell.keys import Keys, bundle_key, shard_of
from engine.shell.store import Commit, Store, event_json
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

KEYS = Keys(0)
A = CallId("call-a")


def event(call: CallId, n: int) -> CallEvent:
    return CallEvent(call, n, "call.tagged", 1700000000.1234567, "default", {"tags": {"n": n}})


def turn(
    call: CallId, first: int, *, signals: int = 1, event_from: int = 0, events: int = 0, closed: bool = False
) -> Commit:
    lines = [f'["Resumed",{first + index}]'.encode() for index in range(signals)]
    told = [event(call, event_from + index) for index in range(events)]
    return Commit(call, "fs1", "b1", first, lines, told, closed)


def stored_events(server: RedisServer, keys: Keys = KEYS) -> list[str]:
    return [orjson.loads(fields[b"event"])["id"] for _, fields in server.client().xrange(keys.events)]  # type: ignore[union-attr]


def script_calls(server: RedisServer) -> int:
    stats = server.client().info("commandstats")
    return sum(int(stats.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in ("evalsha", "eval"))


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[Store]:
    store = Store(redis_server.url)
    store.start()
    yield store
    store.stop()


def test_a_redis_that_is_not_there_is_told(redis_server: RedisServer) -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        Store("redis://127.0.0.1:1/0").start()


def test_a_turn_is_a_journal_an_event_and_a_live_call(redis_server: RedisServer, store: Store) -> None:
    assert store.commit(turn(A, 0, signals=2, event_from=1, events=2))
    assert store.live_calls("fs1") == [A]
    assert store.live_calls("fs2") == []
    assert store.journal(A) == ("b1", [b'["Resumed",0]', b'["Resumed",1]'])
    assert stored_events(redis_server) == ["evt_call-a_1", "evt_call-a_2"]
    assert (store.written, store.backlog) == (2, 0)


def test_an_event_as_the_world_reads_it(redis_server: RedisServer, store: Store) -> None:
    store.commit(turn(A, 0, event_from=1, events=1))
    ((_, fields),) = redis_server.client().xrange(KEYS.events)  # type: ignore[misc]
    assert orjson.loads(fields[b"event"]) == {
        "id": "evt_call-a_1", "type": "call.tagged", "version": 1, "call": "call-a", "n": 1, "at": 1700000000.123457,
        "tenant": "default", "data": {"tags": {"n": 1}},
    }  # fmt: skip


def test_the_same_turn_written_twice_is_written_once(redis_server: RedisServer, store: Store) -> None:
    for _ in range(3):
        assert store.commit(turn(A, 0, signals=2, event_from=1, events=2))
    assert store.commit(turn(A, 1, signals=3, event_from=2, events=3))  # overlaps what is there
    assert store.journal(A)[1] == [f'["Resumed",{n}]'.encode() for n in range(4)]
    assert stored_events(redis_server) == [f"evt_call-a_{n}" for n in range(1, 5)]
    assert store.written == 4


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6), st.randoms())
def test_turns_repeated_at_will_leave_a_journal_and_events_without_gap(
    redis_server: RedisServer, store: Store, sizes: list[tuple[int, int]], chance: object
) -> None:
    redis_server.client().flushall()
    signals = events = 0
    written: list[Commit] = []
    for new_signals, new_events in sizes:
        written.append(turn(A, signals, signals=new_signals, event_from=events + 1, events=new_events))
        signals, events = signals + new_signals, events + new_events
        for commit in [*written, *chance.sample(written, len(written) // 2)]:  # type: ignore[attr-defined]
            assert store.commit(commit)
    assert store.journal(A)[1] == [f'["Resumed",{n}]'.encode() for n in range(signals)]
    assert stored_events(redis_server) == [f"evt_call-a_{n}" for n in range(1, events + 1)]


def test_many_calls_at_once_keep_their_order_and_share_their_writes(redis_server: RedisServer, store: Store) -> None:
    calls = [CallId(f"call-{number}") for number in range(40)]

    def live(call: CallId) -> None:
        for number in range(10):
            assert store.commit(turn(call, number, event_from=number + 1, events=1))

    before = script_calls(redis_server)
    gevent.joinall([gevent.spawn(live, call) for call in calls], raise_error=True)
    told = stored_events(redis_server)
    assert len(told) == 400
    for call in calls:
        assert [one for one in told if one.startswith(f"evt_{call}_")] == [f"evt_{call}_{n}" for n in range(1, 11)]
        assert len(store.journal(call)[1]) == 10
    assert script_calls(redis_server) - before < 200, "turns that come together must be written together"


def test_a_turn_nobody_waits_for_is_written_too(redis_server: RedisServer, store: Store) -> None:
    for number in range(1000):
        assert store.commit(turn(A, number, event_from=number + 1, events=1), wait=False)
    eventually(lambda: store.backlog == 0, "everything written")
    assert stored_events(redis_server) == [f"evt_call-a_{n}" for n in range(1, 1001)]


def test_a_closed_call_leaves_the_list_and_is_kept_for_a_while(redis_server: RedisServer, store: Store) -> None:
    store.commit(turn(A, 0, event_from=1, events=1))
    assert redis_server.client().ttl(KEYS.journal(A)) == -1
    for _ in range(2):
        store.commit(turn(A, 1, event_from=2, events=1, closed=True))
        assert store.live_calls("fs1") == []
    for key in (KEYS.journal(A), KEYS.state(A)):
        assert 0 < int(redis_server.client().ttl(key)) <= 3600  # type: ignore[arg-type]
    assert len(store.journal(A)[1]) == 2


def test_a_call_that_cannot_be_rebuilt_is_taken_off_the_list(store: Store) -> None:
    store.commit(turn(A, 0))
    store.forget(A)
    assert store.live_calls("fs1") == []
    assert store.journal(A) == ("", [])
    assert store.commit(turn(A, 0, signals=3)), "its caller becomes a call anew"
    assert (store.live_calls("fs1"), len(store.journal(A)[1])) == ([A], 3)
    assert store.journal(CallId("nobody")) == ("", [])


def test_what_is_queued_at_the_end_is_written_before_it(redis_server: RedisServer) -> None:
    store = Store(redis_server.url)
    store.start()
    for number in range(50):
        store.commit(turn(A, number), wait=False)
    store.stop()
    assert redis_server.client().llen(KEYS.journal(A)) == 50


def test_shards_share_the_work_and_every_call_has_one(redis_server: RedisServer) -> None:
    store = Store(redis_server.url, shards=4)
    store.start()
    calls = [CallId(f"call-{number}") for number in range(20)]
    gevent.joinall([gevent.spawn(store.commit, turn(call, 0, event_from=1, events=1)) for call in calls])
    assert sorted(store.live_calls("fs1")) == sorted(calls)
    for call in calls:
        assert stored_events(redis_server, Keys(shard_of(call, 4))).count(f"evt_{call}_1") == 1
        assert len(store.journal(call)[1]) == 1
        store.forget(call)
    assert store.live_calls("fs1") == []
    store.stop()


@pytest.mark.parametrize(
    "value", [2**80, "half \ud800", {"deep": [2**80, "\udfff"]}, float("nan"), object(), {"a": {1, 2}}], ids=repr
)
def test_no_value_of_a_flow_ends_the_writer(redis_server: RedisServer, store: Store, value: object) -> None:
    odd = CallEvent(A, 1, "flow.event", 1.0, "default", {"value": value})  # type: ignore[dict-item]
    assert store.commit(Commit(A, "fs1", "b1", 0, [b"[]"], [odd]))
    assert store.commit(turn(A, 1, event_from=2, events=1))
    assert stored_events(redis_server) == ["evt_call-a_1", "evt_call-a_2"]
    assert orjson.loads(event_json(odd))["data"].keys() == {"value"}


# Redis goes


def test_redis_killed_and_started_again_loses_and_doubles_nothing(own_redis: RedisServer) -> None:
    store = Store(own_redis.url)
    store.start()
    calls = [CallId(f"call-{number}") for number in range(10)]
    waited: list[bool] = []

    def live(call: CallId) -> None:
        for number in range(60):
            waited.append(store.commit(turn(call, number, event_from=number + 1, events=1)))
            gevent.sleep(0.001)

    living = [gevent.spawn(live, call) for call in calls]
    eventually(lambda: len(waited) > 100, "some turns")
    own_redis.kill()
    eventually(lambda: not store.available, "the loss noticed")
    eventually(lambda: False in waited, "calls that go on without")
    own_redis.start()
    gevent.joinall(living, raise_error=True)
    eventually(lambda: store.backlog == 0 and store.available, "everything written", 20)
    told = stored_events(own_redis)
    assert len(told) == len(set(told)) == 600
    for call in calls:
        assert [one for one in told if one.startswith(f"evt_{call}_")] == [f"evt_{call}_{n}" for n in range(1, 61)]
        assert store.journal(call)[1] == [f'["Resumed",{n}]'.encode() for n in range(60)]
    store.stop()


def test_a_redis_that_hangs_does_not_hold_a_call_for_ever(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.store.PATIENCE", 0.05)
    store = Store(own_redis.url)
    store.start()
    own_redis.freeze()
    assert not store.commit(turn(A, 0, event_from=1, events=1))
    own_redis.thaw()
    eventually(lambda: store.backlog == 0, "the turn written after all")
    assert stored_events(own_redis) == ["evt_call-a_1"]
    store.stop()


def test_calls_that_wait_when_redis_goes_are_told_at_once(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.store.PATIENCE", 3600.0)
    store = Store(own_redis.url)
    store.start()
    own_redis.freeze()
    calls = [CallId(f"call-{number}") for number in range(20)]
    waiting = [gevent.spawn(store.commit, turn(call, 0, event_from=1, events=1)) for call in calls]
    eventually(lambda: store.backlog == 20, "calls that wait")
    own_redis.kill()
    gevent.joinall(waiting, timeout=10)
    assert [one.value for one in waiting] == [False] * 20
    own_redis.start()
    eventually(lambda: store.backlog == 0, "everything written after all")
    assert sorted(stored_events(own_redis)) == sorted(f"evt_{call}_1" for call in calls)
    assert store.commit(turn(A, 0)), "who comes later waits again"
    store.stop()


# Taking over


def under(epoch: int, commit: Commit) -> Commit:
    commit.epoch = epoch
    return commit


def test_what_was_made_under_an_earlier_lease_is_refused_after_a_claim(redis_server: RedisServer, store: Store) -> None:
    store.commit(under(7, turn(A, 0, event_from=1, events=1)))
    assert store.claim(A, 9) == ("b1", [b'["Resumed",0]'])
    late = [under(7, turn(A, 1, event_from=2, events=2)), under(9, turn(A, 1, event_from=2, events=1)),
            under(7, turn(A, 2, event_from=3, events=1, closed=True))]  # fmt: skip
    other = under(7, turn(CallId("call-b"), 0, event_from=1, events=1))
    gevent.joinall([gevent.spawn(store.commit, commit) for commit in [*late, other]], raise_error=True)
    assert store.journal(A)[1] == [b'["Resumed",0]', b'["Resumed",1]']
    assert sorted(stored_events(redis_server)) == ["evt_call-a_1", "evt_call-a_2", "evt_call-b_1"]
    assert sorted(store.live_calls("fs1")) == [A, "call-b"]


def test_a_call_claimed_under_a_later_lease_is_not_claimed(store: Store) -> None:
    store.commit(under(7, turn(A, 0)))
    assert store.claim(A, 9) is not None
    assert store.claim(A, 8) is None
    assert store.claim(A, 9) is not None


def test_draining_waits_for_turns_nobody_waits_for(redis_server: RedisServer, store: Store) -> None:
    store.drain()
    for number in range(700):
        store.commit(turn(A, number), wait=False)
    store.drain()
    assert redis_server.client().llen(KEYS.journal(A)) == 700


def test_draining_without_redis_says_so(own_redis: RedisServer) -> None:
    store = Store(own_redis.url)
    store.start()
    own_redis.kill()
    store.commit(turn(A, 0), wait=False)
    with pytest.raises(StoreError, match="1 turns are not written"):
        store.drain()
    store.stop()


# Versions of the flows


def test_the_sources_of_a_version_are_kept_as_they_were_first(store: Store) -> None:
    store.keep_bundle("b1", {"ivr_flows/main.yaml": "flow: main"})
    store.keep_bundle("b1", {"ivr_flows/main.yaml": "changed"})
    assert store.bundle_sources("b1") == {"ivr_flows/main.yaml": "flow: main"}
    assert store.bundle_sources("b2") is None


def test_a_version_said_to_be_in_use_again_stays_a_week_more(store: Store) -> None:
    store.keep_bundle("b1", {"ivr_flows/main.yaml": "flow: main"})
    store.redis.expire(bundle_key("b1"), 60)
    store.keep_bundle("b1", {"ivr_flows/main.yaml": "flow: main"})
    assert int(store.redis.ttl(bundle_key("b1"))) > 86400 * 6  # type: ignore[arg-type]
