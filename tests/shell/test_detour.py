"""The detour by the disk, against a real Redis that is killed, frozen and replaced, and disks that are full."""

import os
from pathlib import Path
from typing import Any

import gevent
import orjson
import pytest
from gevent.monkey import get_original

from engine.core.errors import StoreError
from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.shell import detour as module
from engine.shell.keys import Keys
from engine.shell.outbox_file import OutboxFile
from engine.shell.store import Commit
from tests.shell.redis_server import RedisServer
from tests.shell.stores import MakeStore, closed, files, ids, one, told
from tests.shell.test_store import script_calls, stored_events
from tests.shell.waiting import eventually

A = CallId("call-a")


def events(server: RedisServer) -> list[Any]:
    entries: Any = server.client().xrange(Keys(0).events)
    return [orjson.loads(fields[b"event"]) for _, fields in entries]


def test_with_redis_there_is_no_file_nor_other_command(
    make_store: MakeStore, own_redis: RedisServer, tmp_path: Path
) -> None:
    store = make_store()
    store.commit(one(CallId("first"), 0))  # Redis learns the script
    before = script_calls(own_redis)
    for number in range(20):
        assert store.commit(one(A, number))
    assert files(tmp_path) == []
    assert script_calls(own_redis) - before == 20
    assert closed(store)


def test_while_redis_is_away_turns_are_on_the_disk_before_calls_go_on(
    make_store: MakeStore, own_redis: RedisServer, tmp_path: Path
) -> None:
    store = make_store()
    assert store.commit(one(A, 0))
    own_redis.kill()
    for number in range(1, 50):
        assert store.commit(one(A, number)), "it is somewhere"
    assert not store.available
    assert store.outbox is not None
    assert (store.outbox.rows, store.backlog) == (49, 49)
    with pytest.raises(StoreError, match="49 turns are not written"):
        store.drain()
    own_redis.start()
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 50)
    assert store.journal(A)[1] == [f'["Resumed",{n}]'.encode() for n in range(50)]
    assert files(tmp_path) == []
    assert store.available
    assert store.commit(one(A, 50))
    assert files(tmp_path) == [], "the way is direct again"


def test_an_outage_under_load_loses_and_doubles_nothing(make_store: MakeStore, own_redis: RedisServer) -> None:
    store = make_store()
    calls = [CallId(f"call-{number}") for number in range(20)]
    done = [0]

    def live(call: CallId) -> None:
        for number in range(100):
            assert store.commit(one(call, number), wait=number % 3 > 0)
            done[0] += 1
            gevent.sleep(0.001)

    living = [gevent.spawn(live, call) for call in calls]
    for share in (0.2, 0.6):
        eventually(lambda share=share: done[0] > 2000 * share, "some turns")
        own_redis.kill()
        eventually(lambda: store.outbox is not None and store.outbox.rows > 50, "turns on the disk")
        own_redis.start()
    gevent.joinall(living, raise_error=True)
    eventually(lambda: closed(store), "everything in Redis", 20)
    for call in calls:
        assert told(own_redis, call) == ids(call, 100)
        assert len(store.journal(call)[1]) == 100
    assert len(stored_events(own_redis)) == 2000


def test_a_redis_that_hangs_holds_no_call_and_its_late_answer_doubles_nothing(
    make_store: MakeStore, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.store.BY_THE_DISK_AFTER", 0.05)
    store = make_store()
    own_redis.freeze()
    for number in range(10):
        assert store.commit(one(A, number)), "it is on the disk"
    own_redis.thaw()
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 10)
    assert len(store.journal(A)[1]) == 10


def test_a_queue_that_grows_too_long_goes_by_the_disk(
    make_store: MakeStore, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.store.MOST_QUEUED", 600)
    store = make_store()
    for number in range(3000):
        store.commit(one(A, number), wait=False)
    assert store.detour is not None
    eventually(lambda: store.detour is not None and store.detour.open, "the detour")
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 3000)


# Redis comes back as another one


def test_a_redis_that_lost_what_it_confirmed_is_told_again(make_store: MakeStore, own_redis: RedisServer) -> None:
    store = make_store()
    for number in range(30):
        assert store.commit(one(A, number))
    own_redis.kill()
    file = next(own_redis._folder.rglob("*.incr.aof"), None) or next(own_redis._folder.glob("*.aof"))
    os.truncate(file, int(file.stat().st_size * 0.7))
    own_redis.start()
    assert len(told(own_redis, A)) < 30
    assert store.commit(one(A, 30))
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 31)
    assert len(store.journal(A)[1]) == 31


def test_a_redis_that_only_lost_connections_is_told_nothing_again(
    make_store: MakeStore, own_redis: RedisServer
) -> None:
    store = make_store()
    for number in range(30):
        assert store.commit(one(A, number))
    before = own_redis.client().info("commandstats")["cmdstat_evalsha"]["calls"]
    own_redis.client().client_kill_filter(_type="normal")
    assert store.commit(one(A, 30))
    eventually(lambda: closed(store), "everything in Redis")
    assert own_redis.client().info("commandstats")["cmdstat_evalsha"]["calls"] - before <= 2
    assert told(own_redis, A) == ids(A, 31)


def test_what_was_drained_is_told_again_too(make_store: MakeStore, own_redis: RedisServer) -> None:
    store = make_store()
    own_redis.kill()
    for number in range(30):
        assert store.commit(one(A, number))
    own_redis.start()
    eventually(lambda: closed(store), "everything in Redis")
    own_redis.client().flushall()
    own_redis.kill()
    own_redis.start()
    assert store.commit(one(A, 30))
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 31)


# The disk is full


def test_with_a_full_disk_calls_go_on_and_turns_wait_in_memory(
    make_store: MakeStore, own_redis: RedisServer, full_disk: list[bool]
) -> None:
    store = make_store()
    own_redis.kill()
    assert not store.commit(one(A, 0)), "it is nowhere safe"
    assert store.detour is not None
    assert "full" in store.detour.failing
    for number in range(1, 50):
        assert not store.commit(one(A, number))
    own_redis.start()
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 50)
    assert store.detour.failing == ""
    assert store.detour.lost == 0
    assert store.commit(one(A, 50))


def test_a_disk_with_room_again_is_used(make_store: MakeStore, own_redis: RedisServer, full_disk: list[bool]) -> None:
    store = make_store()
    own_redis.kill()
    for number in range(20):
        store.commit(one(A, number))
    full_disk.append(False)
    eventually(lambda: store.outbox is not None and store.outbox.rows == 20, "turns on the disk")
    assert store.commit(one(A, 20))
    own_redis.start()
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 21)


def test_the_bound_of_the_outbox_is_kept_and_the_rest_waits_in_memory(
    make_store: MakeStore, own_redis: RedisServer, tmp_path: Path
) -> None:
    store = make_store(max_bytes=200_000)
    own_redis.kill()
    big = "x" * 2000
    for number in range(200):
        event = CallEvent(A, number + 1, "flow.event", 1.0, "acme", {"name": big})
        store.commit(Commit(A, "fs1", "b1", number, [b"[]"], [event]), wait=number < 3)
    assert store.outbox is not None
    assert store.detour is not None
    eventually(lambda: store.detour is not None and store.detour.failing != "", "a full outbox")
    assert 20 < store.outbox.rows < 200
    assert sum(path.stat().st_size for path in files(tmp_path) if path.suffix == ".sqlite") <= 200_000
    own_redis.start()
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 200)


def test_what_neither_disk_nor_memory_can_hold_is_counted_and_told(
    make_store: MakeStore, own_redis: RedisServer, full_disk: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_IN_MEMORY", 20_000)
    store = make_store()
    store.commit(one(A, 0))
    own_redis.kill()
    for number in range(1, 100):
        assert not store.commit(one(A, number))
    later = CallId("later")
    store.commit(one(later, 0))
    assert store.detour is not None
    eventually(lambda: store.detour is not None and store.detour.lost > 50, "events given up")
    lost = store.detour.lost
    own_redis.start()
    eventually(lambda: closed(store), "everything else in Redis")
    kept = told(own_redis, A)
    assert kept == [*ids(A, 1), *ids(A, 100)[1 + lost :]], "the newest are kept, in order"
    assert told(own_redis, later) == ids(later, 1)
    (note,) = [event for event in events(own_redis) if event["type"] == "events.lost"]
    assert note["tenant"] == "default"
    assert "full" in note["data"].pop("reason")
    assert note["data"] == {
        "where": "outbox", "events": lost, "first": "evt_call-a_2", "last": f"evt_call-a_{1 + lost}",
    }  # fmt: skip
    assert store.journal(A)[1] == [], "a journal with a hole cannot be replayed"
    assert len(store.journal(later)[1]) == 1
    store.commit(one(A, 100))
    assert told(own_redis, A)[-1] == "evt_call-a_101"


def test_a_disk_that_hangs_holds_nobody_twice(
    make_store: MakeStore, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.store.PATIENCE", 0.05)
    hangs, append = get_original("threading", "Event")(), OutboxFile.append

    def hang(file: OutboxFile, turns: list[bytes], made: float, doubtful: int = 0) -> None:
        assert hangs.wait(20)
        append(file, turns, made, doubtful)

    monkeypatch.setattr(OutboxFile, "append", hang)
    store = make_store()
    own_redis.kill()
    assert not store.commit(one(A, 0))
    assert store.detour is not None
    assert not store.detour.keeps
    with gevent.Timeout(5):
        for number in range(1, 1000):
            assert not store.commit(one(A, number))
    hangs.set()
    eventually(lambda: store.outbox is not None and store.outbox.rows == 1000, "turns on the disk")
    assert store.commit(one(A, 1000)), "the disk is waited for again"
    own_redis.start()
    eventually(lambda: closed(store), "everything in Redis")
    assert told(own_redis, A) == ids(A, 1001)
