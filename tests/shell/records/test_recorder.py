"""Records follow the stream through the death of recorders and of Redis, without a gap and without counting twice."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import gevent
import orjson
import pytest

from engine.shell.keys import CallKeys, TenantKeys
from engine.shell.records.recorder import GROUP, Recorder
from engine.shell.store import connect
from tests.shell.records.told import BEGAN, KEYS, ToldCall, append
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

KEEP_HOURS = 10 * 365 * 24.0
PROGRAM = """
from gevent import monkey
monkey.patch_all()
import sys, gevent
from engine.shell.records.recorder import Recorder
from engine.shell.store import connect
Recorder(connect(sys.argv[1]), keep_hours=87600).start()
gevent.sleep(100)
"""


@pytest.fixture
def recorder(redis_server: RedisServer) -> Iterator[Recorder]:
    recorder = Recorder(connect(redis_server.url), keep_hours=KEEP_HOURS)
    yield recorder
    recorder.stop()


def many(count: int, tenant: str = "acme", start: int = 0) -> list[ToldCall]:
    return [ToldCall(f"call-{start + number}", tenant, BEGAN + number).begins().ends() for number in range(count)]


def counted(server: RedisServer, tenant: str = "acme") -> int:
    client: Any = server.client()
    return int(client.hget(TenantKeys(tenant).usage("2026-09"), "calls") or 0)


def read_to_its_end(server: RedisServer) -> None:
    """Wait until the group's position is the end of the stream: everything before it is written."""
    client: Any = server.client()
    last = client.xinfo_stream(KEYS.events)["last-generated-id"]
    eventually(lambda: client.xinfo_groups(KEYS.events)[0]["last-delivered-id"] == last, "the end of the stream")


def traces(server: RedisServer, calls: list[ToldCall]) -> None:
    """Every call has exactly its events."""
    client: Any = server.client()
    for call in calls:
        assert client.lrange(CallKeys(call.call).trace, 0, -1) == call.events
        assert orjson.loads(client.hget(CallKeys(call.call).record, "json"))["state"] == "ended"


def test_what_is_told_before_and_after_the_start_is_recorded(recorder: Recorder, redis_server: RedisServer) -> None:
    early, late = many(3), many(3, start=3)
    append(redis_server.client(), *early)
    recorder.start()
    eventually(lambda: counted(redis_server) == 3, "the early calls")
    append(redis_server.client(), *late)
    eventually(lambda: counted(redis_server) == 6, "the late calls")
    read_to_its_end(redis_server)
    traces(redis_server, early + late)
    assert recorder.recorded == 30
    assert recorder.behind < 5


def test_the_group_says_how_far_it_came(recorder: Recorder, redis_server: RedisServer) -> None:
    recorder.start()
    append(redis_server.client(), *many(2))
    read_to_its_end(redis_server)
    client: Any = redis_server.client()
    [group] = client.xinfo_groups(KEYS.events)
    assert (group["name"], group["pending"]) == (GROUP.encode(), 0)


def test_a_shard_is_recorded_only_while_it_is_held(recorder: Recorder, redis_server: RedisServer) -> None:
    [task] = recorder.tasks
    recorder.gained(task)
    recorder.gained(task)
    append(redis_server.client(), *many(1))
    eventually(lambda: recorder.recorded == 5, "the first call")
    recorder.lost(task)
    recorder.lost(task)
    append(redis_server.client(), *many(2, start=1))
    gevent.sleep(0)
    other = Recorder(connect(redis_server.url), keep_hours=KEEP_HOURS)
    other.gained(task)
    eventually(lambda: counted(redis_server) == 3, "the calls of the successor")
    other.stop()
    assert recorder.recorded == 5


def test_two_at_once_do_no_harm(recorder: Recorder, redis_server: RedisServer) -> None:
    """As after a lease ran out while its holder was held up."""
    other = Recorder(connect(redis_server.url), keep_hours=KEEP_HOURS)
    recorder.start()
    other.start()
    calls = many(60)
    for start in range(0, 60, 5):
        append(redis_server.client(), *calls[start : start + 5])
    eventually(lambda: counted(redis_server) == 60, "all calls")
    eventually(lambda: max(recorder.recorded, other.recorded) >= 300, "one at the end")
    other.stop()
    assert counted(redis_server) == 60
    traces(redis_server, calls)


def test_kill_9_of_the_recorder_loses_and_doubles_nothing(redis_server: RedisServer) -> None:
    calls = many(400)
    for round_ in range(4):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, redis_server.url])
        client: Any = redis_server.client()
        before = counted(redis_server)
        append(client, *calls[round_ * 100 : round_ * 100 + 100])
        eventually(lambda before=before: counted(redis_server) > before, "some of it", 20)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = Recorder(connect(redis_server.url), keep_hours=KEEP_HOURS)
    last.start()
    eventually(lambda: counted(redis_server) == 400, "all of it")
    read_to_its_end(redis_server)
    last.stop()
    traces(redis_server, calls)


def test_redis_may_die(own_redis: RedisServer) -> None:
    recorder = Recorder(connect(own_redis.url), keep_hours=KEEP_HOURS)
    recorder.start()
    append(own_redis.client(), *many(5))
    eventually(lambda: counted(own_redis) == 5, "the first calls")
    own_redis.kill()
    own_redis.start()
    append(own_redis.client(), *many(5, start=5))
    eventually(lambda: counted(own_redis) == 10, "the calls after it")
    read_to_its_end(own_redis)
    recorder.stop()
    traces(own_redis, many(5) + many(5, start=5))


def test_a_redis_that_forgot_everything_is_recorded_from_its_beginning(own_redis: RedisServer) -> None:
    recorder = Recorder(connect(own_redis.url), keep_hours=KEEP_HOURS)
    recorder.start()
    append(own_redis.client(), *many(2))
    eventually(lambda: counted(own_redis) == 2, "the first calls")
    own_redis.client().flushall()
    append(own_redis.client(), *many(3, start=7))
    eventually(lambda: counted(own_redis) == 3, "the calls after it")
    recorder.stop()


def test_an_entry_that_is_no_event_is_passed(recorder: Recorder, redis_server: RedisServer) -> None:
    client: Any = redis_server.client()
    client.xadd(KEYS.events, {"other": "thing"})
    append(client, *many(1))
    recorder.start()
    eventually(lambda: counted(redis_server) == 1, "the call")
    assert recorder.unreadable == 1
    recorder.stop()
    assert recorder.unreadable == 1
