"""Events become records, however often and in whatever pieces they are told."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.shell.delivery.redis_line import RedisLine
from engine.shell.keys import CallKeys, Keys, TenantKeys
from engine.shell.records.record_writer import SCRIPTS, RecordWriter, sought, tag_text
from engine.shell.store import connect
from tests.shell.records.told import BEGAN, ToldCall
from tests.shell.redis_server import RedisServer

KEEP = 10 * 365 * 86400
"""Seconds: the tests' calls are of a fixed day."""


@pytest.fixture
def writer(redis_server: RedisServer) -> RecordWriter:
    return RecordWriter(RedisLine(connect(redis_server.url), SCRIPTS), Keys(0).recorded_live, KEEP)


def everything(server: RedisServer) -> dict[str, Any]:
    """All that Redis holds."""
    client: Any = server.client()
    read = {
        b"hash": client.hgetall, b"list": lambda key: client.lrange(key, 0, -1), b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True), b"stream": client.xlen,
    }  # fmt: skip
    return {key.decode(): read[client.type(key)](key) for key in client.scan_iter()}


def shown(server: RedisServer, call: str) -> dict[str, Any]:
    text: Any = server.client().hget(CallKeys(call).record, "json")
    record: dict[str, Any] = orjson.loads(text)
    return record


def members(server: RedisServer, key: str) -> list[str]:
    found: Any = server.client().zrange(key, 0, -1)
    return [call.decode() for call in found]


def test_a_call_is_kept_found_and_counted(writer: RecordWriter, redis_server: RedisServer) -> None:
    call = ToldCall("one", "acme").begins().ends("USER_BUSY", {"plan": "gold"})
    writer.write(call.events[:2])
    keys = TenantKeys("acme")
    assert shown(redis_server, "one")["state"] == "live"
    assert members(redis_server, keys.live) == ["one"]
    assert redis_server.client().smembers(Keys(0).recorded_live) == {b"one"}
    writer.write(call.events[2:])
    assert shown(redis_server, "one")["state"] == "ended"
    assert members(redis_server, keys.live) == []
    assert redis_server.client().smembers(Keys(0).recorded_live) == set()
    for field, value in [("caller", "+441632960123"), ("called", "100"), ("flow", "main"), ("cause", "USER_BUSY"),
                         ("tag", "plan=gold")]:  # fmt: skip
        assert members(redis_server, keys.found_by(field, value)) == ["one"], field
    assert redis_server.client().zscore(keys.calls, "one") == BEGAN
    assert redis_server.client().lrange(CallKeys("one").trace, 0, -1) == call.events
    used: Any = redis_server.client().hgetall(keys.usage("2026-09"))
    assert used[b"calls"] == b"1"
    assert used[b"minutes"] == b"2"
    assert used[b"cause:USER_BUSY"] == b"1"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_repeating_and_cutting_changes_nothing(
    writer: RecordWriter, redis_server: RedisServer, data: st.DataObject
) -> None:
    """Whatever a recorder that died had written, and wherever its successor begins again, the end is the same."""
    redis_server.client().flushall()
    calls = [
        ToldCall("one", "acme").begins().ends(tags={"n": 1}),
        ToldCall("two", "acme", BEGAN + 5).begins("other").step("other", "b", 1, "menu", 3),
        ToldCall("three", "else").begins().tell("call.tagged", {"tags": {"n": 2}}).ends("USER_BUSY"),
    ]
    waiting = [list(call) for call in calls]
    stream: list[bytes] = []
    while any(waiting):
        stream.append(data.draw(st.sampled_from([events for events in waiting if events])).pop(0))
    writer.write(stream)
    at_once = everything(redis_server)
    redis_server.client().flushall()
    position = 0
    for _ in range(20):
        take = data.draw(st.integers(1, len(stream)))
        writer.write(stream[position : position + take])
        position = data.draw(st.integers(0, min(position + take, len(stream))))
    writer.write(stream[position:])
    writer.write(stream)
    assert everything(redis_server) == at_once
    assert writer.missing == writer.unreadable == 0


def test_an_older_state_of_a_call_is_refused(writer: RecordWriter, redis_server: RedisServer) -> None:
    """As a process does that was held up and does not know that it lost its lease."""
    call = ToldCall("one").begins().ends()
    writer.write(call.events)
    before = everything(redis_server)
    writer.write(call.events[:3])
    after = everything(redis_server)
    assert after.pop(Keys(0).recorded_live) == {b"one"}, "the search for lost calls will take it out"
    assert after == before


def test_events_that_were_gone_are_counted(writer: RecordWriter, redis_server: RedisServer) -> None:
    call = ToldCall("one").begins().ends()
    writer.write([call.events[0], call.events[3]])
    assert writer.missing == 2
    assert shown(redis_server, "one")["events"] == 4
    late = ToldCall("two").begins()
    writer.write(late.events[2:])
    assert writer.missing == 4
    assert members(redis_server, TenantKeys("default").calls) == ["one", "two"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"call": 1, "n": 1, "data": {}}',
        b'{"call": "x", "n": "1", "data": {}}',
        b'{"call": "x"}',
    ],
)
def test_what_is_no_event_is_passed_over(writer: RecordWriter, redis_server: RedisServer, raw: bytes) -> None:
    call = ToldCall("one").begins()
    writer.write([raw, *call.events])
    assert writer.unreadable == 1
    assert shown(redis_server, "one")["events"] == 4


def test_an_event_that_does_not_fit_leaves_the_others(writer: RecordWriter, redis_server: RedisServer) -> None:
    call = ToldCall("one").begins().tell("flow.step", {}).ends()
    writer.write(call.events)
    assert writer.unreadable == 1
    assert (shown(redis_server, "one")["state"], shown(redis_server, "one")["events"]) == ("ended", 6)


def test_events_about_no_call_are_not_recorded(writer: RecordWriter, redis_server: RedisServer) -> None:
    writer.write([b'{"id": "evt_x", "type": "endpoint.disabled", "call": null, "n": null, "data": {}}'])
    assert everything(redis_server) == {}
    assert writer.unreadable == 0


def test_what_is_kept_expires_and_old_calls_leave_the_lists(redis_server: RedisServer) -> None:
    writer = RecordWriter(RedisLine(connect(redis_server.url), SCRIPTS), Keys(0).recorded_live, 3600)
    client: Any = redis_server.client()
    keys = TenantKeys("default")
    client.zadd(keys.calls, {"forgotten": 1000})
    client.zadd(keys.found_by("caller", "+441632960123"), {"forgotten": 1000})
    writer.write(ToldCall("one", began=4_000_000_000.0).begins())
    assert members(redis_server, keys.calls) == ["one"]
    assert members(redis_server, keys.found_by("caller", "+441632960123")) == ["one"]
    for key in client.scan_iter():
        if key != Keys(0).recorded_live.encode():
            assert 0 < client.ttl(key) <= 3600, key


def test_long_and_odd_values_are_found_too() -> None:
    assert sought("+441") == "+441"
    assert sought("x" * 64) == "x" * 64
    assert len(sought("x" * 65)) == 41
    assert tag_text("plan", "gold") == "plan=gold"
    assert tag_text("vip", True) == "vip=true"
    assert tag_text("tries", 3) == "tries=3"


def test_a_record_that_cannot_be_read_is_begun_anew(writer: RecordWriter, redis_server: RedisServer) -> None:
    call = ToldCall("one").begins()
    writer.write(call)
    for broken in ("no JSON", "[]", '{"id": "one"}'):
        redis_server.client().hset(CallKeys("one").record, "json", broken)
        call.step("main", "greet", 1, "menu", 8)
        writer.write(call.events[-1:])
        assert shown(redis_server, "one")["events"] == len(call.events)
