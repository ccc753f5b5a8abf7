"""Calls nobody will ever end are ended; no other call is."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from engine.shell.delivery.redis_line import RedisLine
from engine.shell.keys import CallKeys, Keys, TenantKeys
from engine.shell.records.call_record import LOST
from engine.shell.records.lost_calls import LostCalls
from engine.shell.records.record_writer import SCRIPTS, RecordWriter
from engine.shell.store import connect
from tests.shell.records.told import KEYS, ToldCall, append
from tests.shell.redis_server import RedisServer

KEEP = 10 * 365 * 86400


class Records:
    """Records written by hand, and who looks for lost calls among them."""

    def __init__(self, server: RedisServer) -> None:
        self.client: Any = server.client()
        self.writer = RecordWriter(RedisLine(connect(server.url), SCRIPTS), KEYS.recorded_live, KEEP)
        self.lost = LostCalls(connect(server.url), KEYS, "records", KEEP)

    def told(self, *calls: ToldCall, read: bool = True) -> None:
        append(self.client, *calls)
        for call in calls:
            self.writer.write(call)
        if read:
            self.read_all()

    def read_all(self) -> None:
        """Say that the stream was read to its end."""
        if not any(group["name"] == b"records" for group in self.client.xinfo_groups(KEYS.events)):
            self.client.xgroup_create(KEYS.events, "records", "0")
        self.client.xgroup_setid(KEYS.events, "records", self.client.xinfo_stream(KEYS.events)["last-generated-id"])

    def state(self, call: str) -> str:
        return str(self.record(call)["state"])

    def record(self, call: str) -> dict[str, Any]:
        record: dict[str, Any] = orjson.loads(self.client.hget(CallKeys(call).record, "json"))
        return record


@pytest.fixture
def records(redis_server: RedisServer) -> Iterator[Records]:
    records = Records(redis_server)
    yield records
    records.lost.close()


def test_a_call_off_the_list_at_two_looks_is_lost(records: Records) -> None:
    records.told(ToldCall("lost").begins(), ToldCall("lives").begins(), ToldCall("ended").begins().ends())
    records.client.hdel(KEYS.live, "lost")
    assert records.lost.look() == 0
    assert records.state("lost") == "live"
    assert records.lost.look() == records.lost.found == 1
    record = records.record("lost")
    assert (record["state"], record["reason"], record["events"]) == ("ended", LOST, 4)
    assert records.state("lives") == "live"
    assert records.client.zrange(TenantKeys("default").live, 0, -1) == [b"lives"]
    assert records.client.smembers(KEYS.recorded_live) == {b"lives"}
    assert records.lost.look() == records.lost.look() == 0
    assert len(records.client.lrange(CallKeys("lost").trace, 0, -1)) == 4


def test_a_call_whose_end_is_not_read_yet_is_not_lost(records: Records) -> None:
    call = ToldCall("one").begins()
    records.told(call)
    records.client.hdel(KEYS.live, "one")
    append(records.client, ToldCall("later").begins())  # not read
    for _ in range(3):
        assert records.lost.look() == 0
    assert records.state("one") == "live"
    records.read_all()
    assert records.lost.look() == 1


def test_a_call_that_came_back_on_the_list_is_no_suspect_any_more(records: Records) -> None:
    records.told(ToldCall("one").begins())
    records.client.hdel(KEYS.live, "one")
    assert records.lost.look() == 0
    records.client.hset(KEYS.live, "one", "fs2")
    assert records.lost.look() == 0
    records.client.hdel(KEYS.live, "one")
    assert records.lost.look() == 0
    assert records.state("one") == "live"


def test_what_was_put_back_on_the_live_list_after_its_end_is_taken_off(records: Records) -> None:
    call = ToldCall("one").begins().ends()
    records.told(call)
    records.client.sadd(KEYS.recorded_live, "one", "forgotten")
    records.lost.look()
    records.lost.look()
    assert records.client.smembers(KEYS.recorded_live) == set()
    assert records.record("one")["reason"] == ""


def test_an_end_that_is_told_after_all_counts_and_nothing_twice(records: Records) -> None:
    call = ToldCall("one").begins()
    records.told(call)
    records.client.hdel(KEYS.live, "one")
    records.lost.look()
    assert records.lost.look() == 1
    records.writer.write(call.ends("NORMAL_CLEARING"))
    assert records.record("one")["cause"] == "NORMAL_CLEARING"
    usage = [key for key in records.client.scan_iter() if b"usage" in key]
    assert [records.client.hget(key, "calls") for key in usage] == [b"1"]


def test_nothing_was_told_yet(redis_server: RedisServer) -> None:
    lost = LostCalls(connect(redis_server.url), Keys(0), "records", KEEP)
    assert lost.look() == 0
    lost.close()
