"""Events: however broken their text, they never raise, and what can be read is read."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.esl.event import parse_event, text
from tests.esl import recorded


def test_a_recorded_event_keeps_every_header() -> None:
    event = recorded.events("variables_with_hostile_text")[0]
    assert parse_event(json.dumps(event).encode()) == event


def test_a_caller_name_that_is_not_utf8_costs_only_its_bytes() -> None:
    event = parse_event(b'{"Event-Name":"CHANNEL_PARK","Caller-Caller-ID-Name":"caf\xe9 \xff"}')
    assert event == {"Event-Name": "CHANNEL_PARK", "Caller-Caller-ID-Name": "caf� �"}


def test_raw_control_characters_are_read() -> None:
    assert parse_event(b'{"a":"one\ntwo\x01"}') == {"a": "one\ntwo\x01"}


def test_of_a_header_that_comes_twice_the_last_one_counts() -> None:
    assert parse_event(b'{"Hangup-Cause":"NONE","Hangup-Cause":"USER_BUSY"}') == {"Hangup-Cause": "USER_BUSY"}
    assert parse_event(b'{"Hangup-Cause":"NONE","Hangup-Cause":"USER_BUSY","x":"\xff"}') == {
        "Hangup-Cause": "USER_BUSY", "x": "�",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"text"', b"17", b'{"a":1', b"\xff\xff", b'{"a":' + b"9" * 5000 + b"}x",
        b"[" * 100_000, b'{"a":' * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_object_is_no_event(body: bytes) -> None:
    assert parse_event(body) is None


def test_half_a_character_does_not_travel_further() -> None:
    event = parse_event(rb'{"name":"x\ud800","path":"C:\\ud800","\udfff":["\ud83d"],"face":"\ud83d\ude00"}')
    assert event is not None
    assert event["path"] == "C:\\ud800"
    assert event["face"] == "😀"
    orjson.dumps(event)  # what cannot be written down would end the call that tries


@given(st.binary(max_size=200))
def test_no_body_raises(body: bytes) -> None:
    event = parse_event(body)
    assert event is None or isinstance(event, dict)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.lists(st.text(max_size=5), max_size=3)), st.data())
def test_any_one_broken_byte_still_gives_an_event_or_none(event: dict[str, object], data: st.DataObject) -> None:
    body = bytearray(json.dumps(event).encode())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    found = parse_event(bytes(body))
    if found is not None:
        for name in found:
            assert isinstance(text(found, name), str)


def test_a_header_as_text() -> None:
    event = {"a": "x", "list": ["1", "2"], "empty": [], "none": None, "number": 5, "yes": True, "map": {"b": 1}}
    assert [text(event, name) for name in (*event, "absent")] == ["x", "2", "", "", "5", "True", "", ""]
