"""What a record shows after each thing that can happen to a call."""

import orjson
import pytest

from engine.shell.records.call_record import LOST, CallRecord
from tests.shell.records.told import ToldCall


def record_of(call: ToldCall) -> CallRecord:
    record = CallRecord(call.call, call.tenant)
    for event in call:
        record.add(orjson.loads(event))
    return record


def test_a_live_call_shows_who_calls_and_where_it_is() -> None:
    record = record_of(ToldCall("one", "acme").begins())
    assert (record.state, record.tenant, record.direction, record.events) == ("live", "acme", "inbound", 4)
    assert (record.caller, record.caller_name, record.called) == ("+441632960123", "Ann", "100")
    assert (record.switch, record.trunk, record.rule, record.flow, record.bundle) == (
        "fs1", "carrier", "line", "main", "b1",
    )  # fmt: skip
    assert record.started_at == "2026-09-21T14:13:20.000Z"
    assert record.answered_at == "2026-09-21T14:13:22.000Z"
    assert record.ended_at is None
    assert record.place is not None
    assert (record.place.flow, record.place.file, record.place.block, record.place.kind, record.place.line) == (
        "main", "ivr_flows/main.flow.yaml", "greet", "play", 7,
    )  # fmt: skip


def test_a_step_after_a_called_flow_is_in_the_first_one_s_file() -> None:
    call = ToldCall("one").begins()
    call.tell("flow.started", {"flow": "pin", "bundle": "b1", "parent": "main", "file": "ivr_flows/pin.flow.yaml"})
    inner = record_of(call.step("pin", "ask", 1, "collect", 4)).place
    call.tell("flow.finished", {"flow": "pin", "result": "return"})
    outer = record_of(call.step("main", "greet", 2, "play", 9)).place
    assert inner is not None
    assert outer is not None
    assert (inner.file, inner.line) == ("ivr_flows/pin.flow.yaml", 4)
    assert (outer.file, outer.line) == ("ivr_flows/main.flow.yaml", 9)
    assert [known["flow"] for known in record_of(call).flows] == ["main", "pin"]


def test_only_the_caller_s_own_leg_answers_the_call() -> None:
    call = ToldCall("one").tell("call.initiated", {"flow": "main"})
    call.tell("call.answered", {"leg": "other", "direction": "outbound"})
    assert record_of(call).answered_at is None
    call.tell("call.bridged", {"leg": "one", "other": "other"}).tell("call.bridged", {"leg": "one", "other": "third"})
    assert record_of(call).bridged_at == "2026-09-21T14:13:22.000Z"


def test_the_end_has_the_last_word() -> None:
    call = ToldCall("one").begins().tell("call.tagged", {"tags": {"plan": "gold", "n": 1}})
    call.tell("recording.saved", {"recording": "talk", "path": "/rec/a.wav", "duration_ms": 900})
    call.tell("flow.error", {"error": "http.timeout", "message": "no answer", "flow": "main", "line": 9})
    record = record_of(call.ends("USER_BUSY", {"plan": "silver"}))
    assert (record.state, record.cause, record.ended_by) == ("ended", "USER_BUSY", "caller")
    assert (record.duration_ms, record.answered_ms) == (65_000, 61_000)
    assert record.tags == {"plan": "silver", "n": 1}
    assert record.recordings == [{"recording": "talk", "path": "/rec/a.wav", "duration_ms": 900}]
    assert record.error is not None
    assert (record.error["error"], record.error["line"]) == ("http.timeout", 9)
    assert record.ended_at is not None


def test_an_event_of_an_unknown_type_only_moves_the_number() -> None:
    call = ToldCall("one").begins().tell("queue.joined", {"queue": "sales"})
    assert record_of(call).events == 5


def test_a_record_is_the_same_after_it_was_kept() -> None:
    record = record_of(ToldCall("one").begins().ends(tags={"big": 2**70, "deep": {"a": [1, None]}}))
    again = CallRecord.from_json(record.json())
    assert again == record
    assert again.began == 1_790_000_000.0


def test_what_a_later_version_added_is_passed_over() -> None:
    values = orjson.loads(record_of(ToldCall("one").begins()).json())
    values["mood"] = "good"
    values["place"]["weather"] = "fine"
    assert CallRecord.from_json(orjson.dumps(values)) == record_of(ToldCall("one").begins())


def test_a_lost_call_says_so() -> None:
    record = record_of(ToldCall("one").begins())
    record.lose(1_790_000_100.0)
    assert (record.state, record.reason, record.duration_ms) == ("ended", LOST, 100_000)
    assert record.ended_at == "2026-09-21T14:15:00.000Z"


@pytest.mark.parametrize("event", [{"at": 1.0, "n": 1, "type": "flow.step", "data": {}}, {"n": 1}, {"at": "x", "n": 1}])
def test_what_is_no_event_is_refused(event: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        CallRecord("one", "acme").add(event)
