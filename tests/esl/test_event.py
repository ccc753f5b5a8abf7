"""Events: headers are found without reading all of them, nothing in a value passes for one, and nothing raises."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.esl.event import Event, parse_event, parse_headers
from tests.esl import recorded
from tests.esl.frames import event_of


def written(headers: dict[str, Any]) -> bytes:
    """As cJSON writes it: every quote in a value escaped, text as it is (cJSON.c)."""
    return event_of(headers).body


@pytest.mark.parametrize("scenario", recorded.SCENARIOS)
def test_every_header_of_every_recorded_event_is_found_from_either_end(scenario: str) -> None:
    for headers in recorded.events(scenario):
        event = Event(written(headers))
        whole = Event.of(headers)
        for name in headers:
            assert event.get(name) == event.late(name) == whole.get(name) == whole.late(name)
        assert event.get("No-Such-Header") == event.late("No-Such-Header") == ""
        assert sorted(event.names("variable_sip_")) == sorted(
            name for name in headers if name.startswith("variable_sip_")
        )
        assert event.headers == headers


def test_an_event_has_a_name() -> None:
    assert event_of({"Event-Name": "HEARTBEAT", "Core-UUID": "x"}).name == "HEARTBEAT"
    assert event_of({"Core-UUID": "x"}).name == ""


def test_a_header_as_text() -> None:
    headers = {"a": "x", "list": ["1", "2"], "empty": [], "none": None, "number": 5, "yes": True, "map": {"b": 1}}
    for event in (Event(written(headers)), Event.of(headers), Event(json.dumps(headers).encode())):
        for find in (event.get, event.late):
            assert [find(name) for name in (*headers, "absent")] == ["x", "2", "", "", "5", "True", "", ""]


def test_a_caller_name_that_is_not_utf8_costs_only_its_bytes() -> None:
    event = Event(b'{"Event-Name":"CHANNEL_PARK","Caller-Caller-ID-Name":"caf\xe9 \xff\\n"}')
    assert event.get("Event-Name") == "CHANNEL_PARK"
    assert event.get("Caller-Caller-ID-Name") == "caf� �\n"
    assert event.headers["Caller-Caller-ID-Name"] == "caf� �\n"


def test_raw_control_characters_are_read() -> None:
    event = Event(b'{"a":"one\ntwo\x01","b":"q\\"\x01"}')
    assert (event.get("a"), event.get("b")) == ("one\ntwo\x01", 'q"\x01')
    assert event.headers == {"a": "one\ntwo\x01", "b": 'q"\x01'}


def test_freeswitch_s_own_header_stands_before_a_variable_of_its_name() -> None:
    event = Event(b'{"Hangup-Cause":"USER_BUSY","x":"y","Hangup-Cause":"NONE"}')
    assert event.get("Hangup-Cause") == "USER_BUSY"
    assert event.late("Hangup-Cause") == "NONE"


@pytest.mark.parametrize(
    "value",
    [
        '","Event-Name":"CHANNEL_HANGUP_COMPLETE","x":"', '"Event-Name":"FORGED"', "Event-Name",
        '\\"Event-Name\\":\\"F\\"',
        '\\","Event-Name":"F', "\\", "\\\\", 'ends with a quote"', '"', "{\"Event-Name\":\"F\"}", "a%0AEvent-Name: F",
        "line\nEvent-Name: F", "\u2028", "😀",
    ],
)  # fmt: skip
def test_nothing_in_a_value_passes_for_a_header(value: str) -> None:
    for place in ("before", "behind"):
        headers = {"Event-Name": "CHANNEL_PARK"}
        headers = {"name": value, **headers} if place == "before" else {**headers, "name": value}
        event = Event(written(headers))
        assert event.get("Event-Name") == event.late("Event-Name") == "CHANNEL_PARK"
        assert event.get("name") == event.late("name") == value
        assert event.get("x") == ""


texts = st.text(max_size=12) | st.sampled_from(['"', "\\", '\\"', '":"', '","b":"', "a", "Event-Name"])
headers_of_any_kind = st.dictionaries(texts, texts | st.lists(texts, max_size=3), max_size=5)


@given(headers_of_any_kind, st.sampled_from(["a", "b", "Event-Name", "variable_sip_h_X-"]))
@example({"x": '","a":"1'}, "a")
@example({'x":"y","a': "1"}, "a")
@example({'x"a': "forged", "a": "1", 'y"a': "forged"}, "a")
def test_looking_for_a_header_finds_what_reading_all_finds(headers: dict[str, Any], name: str) -> None:
    body = written(headers)
    event, whole = Event(body), Event.of(parse_headers(body) or {})
    plain = [known for known in headers if json.dumps(known, ensure_ascii=False) == f'"{known}"']
    for wanted in (name, *plain):
        assert event.get(wanted) == whole.get(wanted)
        assert event.late(wanted) == whole.late(wanted)
    assert set(event.names("variable_sip_h_X-")) == {
        known for known in headers if known.startswith("variable_sip_h_X-")
    }


@given(st.dictionaries(st.from_regex(r"variable_sip_h_X-[A-Za-z]{1,5}", fullmatch=True), texts, max_size=4), texts)
def test_names_are_found_by_their_beginning(headers: dict[str, str], decoy: str) -> None:
    body = written({"a": decoy, **headers, "z": [decoy, "variable_sip_h_X-No"], "y": '"variable_sip_h_X-No":"x"'})
    assert list(Event(body).names("variable_sip_h_X-")) == list(headers)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'"text"', b"17", b"\xff\xff", b"[" * 100_000, b'{"a":' * 100_000, b"{", b'{"a":1',
        b'{"a":"never ends', b'{"a":"x\\', b'{"a":' + b"9" * 5000 + b"}", b'{"a":"\\u12"}', b'{"a":"\\x"}',
    ],
)  # fmt: skip
def test_what_is_no_object_is_no_event_or_one_without_headers(body: bytes) -> None:
    event = parse_event(body)
    assert event is None or body.startswith(b"{")
    if event is not None:
        assert isinstance(event.get("a"), str)
        assert isinstance(event.late("a"), str)
        assert event.get("b") == ""
        assert isinstance(event.headers, dict)


def test_half_a_character_does_not_travel_further() -> None:
    event = Event(rb'{"name":"x\ud800","path":"C:\\ud800","\udfff":["\ud83d"],"face":"\ud83d\ude00"}')
    assert event.get("path") == "C:\\ud800"
    assert event.get("face") == "😀"
    for text in (event.get("name"), event.late("name")):
        orjson.dumps(text)  # what cannot be written down would end the call that tries
    orjson.dumps(event.headers)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda body: b'{"a":"' + body + b'"}'))
def test_no_body_raises(body: bytes) -> None:
    event = Event(body)
    for found in (event.get("a"), event.late("a"), Event(body).get("b")):
        orjson.dumps(found)
    assert list(event.names("a")) is not None
    assert isinstance(event.headers, dict)
    assert isinstance(Event(body, event.headers).get("a"), str)
