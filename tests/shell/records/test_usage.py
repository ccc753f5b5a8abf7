"""What a call adds to its month, and the month as it is read."""

import orjson
import pytest

from engine.core.errors import StoreError
from engine.shell.delivery.redis_line import RedisLine
from engine.shell.keys import Keys
from engine.shell.records.call_record import CallRecord
from engine.shell.records.record_writer import SCRIPTS, RecordWriter
from engine.shell.records.usage import Usage, month_of, used_by
from engine.shell.store import connect
from tests.shell.records.told import ToldCall
from tests.shell.redis_server import RedisServer


def ended(call: ToldCall) -> CallRecord:
    record = CallRecord(call.call, call.tenant)
    for event in call:
        record.add(orjson.loads(event))
    return record


@pytest.mark.parametrize(("answered_ms", "minutes"), [(0, None), (1, 1), (60_000, 1), (60_001, 2)])
def test_a_begun_minute_counts(answered_ms: int, minutes: int | None) -> None:
    used = used_by(ended(ToldCall("one").begins().ends(answered_ms=answered_ms)))
    assert used.get("minutes") == minutes
    assert used["direction:inbound"] == used["flow:main"] == used["cause:NORMAL_CLEARING"] == used["calls"] == 1


def test_a_month_is_one_of_utc() -> None:
    assert month_of(1_790_812_799.9) == "2026-09"
    assert month_of(1_790_812_800.0) == "2026-10"


def test_a_month_is_read(redis_server: RedisServer) -> None:
    line = RedisLine(connect(redis_server.url), SCRIPTS)
    writer = RecordWriter(line, Keys(0).recorded_live, 10 * 365 * 86400)
    writer.write(ToldCall("one", "acme").begins().ends())
    writer.write(ToldCall("two", "acme").begins("other").ends("USER:BUSY", answered_ms=0))
    writer.write(ToldCall("three", "else").begins().ends())
    usage = Usage(connect(redis_server.url))
    assert usage.month("acme", "2026-09") == {
        "month": "2026-09", "calls": 2, "answered": 2, "minutes": 2, "duration_ms": 130_000, "answered_ms": 61_000,
        "recordings": 0, "directions": {"inbound": 2}, "causes": {"NORMAL_CLEARING": 1, "USER:BUSY": 1},
        "flows": {"main": 1, "other": 1},
    }  # fmt: skip
    assert usage.month("acme", "2026-08")["calls"] == 0
    assert usage.month("nobody", "2026-09")["causes"] == {}


def test_without_redis_the_caller_is_told() -> None:
    with pytest.raises(StoreError):
        Usage(connect("redis://127.0.0.1:1/0")).month("acme", "2026-09")
