"""Calls are found by anything they can be asked for, and by their own tenant alone."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api.ports.calls import CallFilter, TooManyCallsError
from engine.core.errors import StoreError
from engine.shell.delivery.redis_line import RedisLine
from engine.shell.keys import Keys
from engine.shell.records import call_records
from engine.shell.records.call_records import CallRecords
from engine.shell.records.record_writer import SCRIPTS, RecordWriter
from engine.shell.store import connect
from tests.shell.records.told import BEGAN, ToldCall
from tests.shell.redis_server import RedisServer

HOURS = 10 * 365 * 24.0


@pytest.fixture
def records(redis_server: RedisServer) -> CallRecords:
    return CallRecords(connect(redis_server.url), keep_hours=HOURS)


def keep(server: RedisServer, *calls: ToldCall) -> None:
    writer = RecordWriter(RedisLine(connect(server.url), SCRIPTS), Keys(0).recorded_live, int(HOURS * 3600))
    writer.write(event for call in calls for event in call)


def ids(found: tuple[list[bytes], int]) -> tuple[list[str], int]:
    return [orjson.loads(text)["id"] for text in found[0]], found[1]


def test_a_call_is_its_tenant_s_alone(records: CallRecords, redis_server: RedisServer) -> None:
    keep(redis_server, ToldCall("one", "acme").begins())
    text = records.get("acme", "one")
    assert text is not None
    assert orjson.loads(text)["caller"] == "+441632960123"
    assert records.get("else", "one") is None
    assert records.get("acme", "two") is None
    assert records.trace("else", "one", 10, 0) is None
    assert records.list("else", CallFilter(), 10, 0) == ([], 0)


def test_a_trace_is_given_in_pages_and_as_endpoints_get_it(records: CallRecords, redis_server: RedisServer) -> None:
    keep(redis_server, ToldCall("one", "acme").begins().ends())
    page = records.trace("acme", "one", 2, 1)
    assert page is not None
    assert page[1] == 5
    events = [orjson.loads(event) for event in page[0]]
    assert [event["n"] for event in events] == [2, 3]
    assert events[0].keys() == {"id", "type", "version", "timestamp", "call", "n", "tenant", "data"}
    assert records.trace("acme", "one", 10, 9) == ([], 5)


@dataclass
class Known:
    """A call as it was kept, for comparison."""

    call: ToldCall
    began: float
    facts: dict[str, Any] = field(default_factory=dict)


@st.composite
def kept_calls(draw: st.DrawFn) -> list[Known]:
    known = []
    for number in range(draw(st.integers(0, 12))):
        facts = {
            "tenant": draw(st.sampled_from(["acme", "else"])), "flow": draw(st.sampled_from(["main", "other"])),
            "caller": draw(st.sampled_from(["+441", "+442", "x" * 70])),
            "called": draw(st.sampled_from(["100", "200"])),
            "cause": draw(st.sampled_from(["", "NORMAL_CLEARING", "USER_BUSY"])),
            "tags": draw(st.dictionaries(st.sampled_from(["plan", "n"]), st.sampled_from(["gold", 1, True]))),
        }  # fmt: skip
        began = BEGAN + draw(st.integers(0, 5))
        call = ToldCall(f"call-{number}", facts["tenant"], began)
        facts["direction"] = draw(st.sampled_from(["inbound", "outbound"]))
        call.begins(facts["flow"], facts["caller"], facts["called"], direction=facts["direction"]).tell(
            "call.tagged", {"tags": facts["tags"]}
        )
        if facts["cause"]:
            call.ends(facts["cause"])
        known.append(Known(call, began, facts))
    return known


FILTERS = st.builds(
    CallFilter,
    state=st.sampled_from(["", "live", "ended"]),
    direction=st.sampled_from(["", "inbound", "outbound"]),
    flow=st.sampled_from(["", "main", "other"]),
    caller=st.sampled_from(["", "+441", "x" * 70]),
    called=st.sampled_from(["", "100"]),
    cause=st.sampled_from(["", "USER_BUSY"]),
    tags=st.sampled_from([(), ("plan=gold",), ("n=1", "plan=true")]),
    since=st.none() | st.integers(0, 5).map(lambda seconds: BEGAN + seconds),
    before=st.none() | st.integers(0, 6).map(lambda seconds: BEGAN + seconds),
)


def fits(known: Known, wanted: CallFilter) -> bool:
    facts = known.facts
    state = "ended" if facts["cause"] else "live"
    tags = {f"{name}={value if isinstance(value, str) else orjson.dumps(value).decode()}"
            for name, value in facts["tags"].items()}  # fmt: skip
    return (
        facts["tenant"] == "acme"
        and (not wanted.state or wanted.state == state)
        and all(not getattr(wanted, name) or getattr(wanted, name) == facts[name]
                for name in ("direction", "flow", "caller", "called", "cause"))
        and set(wanted.tags) <= tags
        and (wanted.since is None or known.began >= wanted.since)
        and (wanted.before is None or known.began < wanted.before)
    )  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept_calls(), FILTERS, st.integers(1, 5), st.integers(0, 5))
def test_a_search_finds_what_fits_and_nothing_else(
    records: CallRecords, redis_server: RedisServer, known: list[Known], wanted: CallFilter, limit: int, offset: int
) -> None:
    redis_server.client().flushall()
    keep(redis_server, *(each.call for each in known))
    fitting = [each for each in known if fits(each, wanted)]
    fitting.sort(key=lambda each: (each.began, each.call.call), reverse=True)
    found, total = ids(records.list("acme", wanted, limit, offset))
    assert total == len(fitting)
    assert found == [each.call.call for each in fitting][offset : offset + limit]


def test_what_was_forgotten_is_not_listed(redis_server: RedisServer) -> None:
    keep(redis_server, ToldCall("one").begins(), ToldCall("two", began=BEGAN + 1e9).begins())
    records = CallRecords(connect(redis_server.url), keep_hours=1)
    assert ids(records.list("default", CallFilter(), 10, 0)) == (["two"], 1)


def test_a_question_that_is_too_wide_is_refused(
    records: CallRecords, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_records, "MOST_LOOKED_AT", 2)
    keep(redis_server, *(ToldCall(f"call-{number}").begins() for number in range(3)))
    with pytest.raises(TooManyCallsError):
        records.list("default", CallFilter(flow="main", called="100"), 10, 0)
    assert records.list("default", CallFilter(flow="main"), 10, 0)[1] == 3
    assert records.list("default", CallFilter(state="ended"), 10, 0)[1] == 0


def test_many_calls_are_looked_at_in_parts(
    records: CallRecords, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_records, "PER_LOOK", 3)
    calls = [ToldCall(f"call-{number:02d}", began=BEGAN + number).begins() for number in range(20)]
    for number in range(0, 20, 2):
        calls[number].ends()
    keep(redis_server, *calls)
    found, total = ids(records.list("default", CallFilter(state="ended", before=BEGAN + 15), 4, 2))
    assert (found, total) == (["call-10", "call-08", "call-06", "call-04"], 8)
    found, total = ids(records.list("default", CallFilter(flow="main", caller="+441632960123"), 3, 16))
    assert (found, total) == (["call-03", "call-02", "call-01"], 20)


def test_without_redis_the_caller_is_told() -> None:
    records = CallRecords(connect("redis://127.0.0.1:1/0"))
    for ask in (
        lambda: records.get("a", "b"), lambda: records.trace("a", "b", 1, 0),
        lambda: records.list("a", CallFilter(), 1, 0),
    ):  # fmt: skip
        with pytest.raises(StoreError):
            ask()
