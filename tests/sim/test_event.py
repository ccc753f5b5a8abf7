"""The two texts of an event."""

import json
import urllib.parse

from hypothesis import given
from hypothesis import strategies as st

from engine.sim.event import Event, EventFactory

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.dictionaries(st.sampled_from(["variable_a", "Caller-Caller-ID-Name", "X"]), TEXTS), st.none() | TEXTS)
def test_json_holds_what_the_event_holds(headers: dict[str, str], body: str | None) -> None:
    read = json.loads(Event("E", dict(headers), body=body).as_json())
    if body is not None:
        assert read.pop("_body") == body
        assert read.pop("Content-Length") == str(len(body.encode()))
    assert read == headers


@given(st.dictionaries(st.sampled_from(["variable_a", "Caller-Caller-ID-Name", "X"]), TEXTS))
def test_plain_lines_cannot_be_forged(headers: dict[str, str]) -> None:
    lines = Event("E", dict(headers)).as_plain().decode("ascii").rstrip("\n").split("\n") if headers else []
    read = {key: urllib.parse.unquote(value) for key, value in (line.split(": ", 1) for line in lines)}
    assert read == {key: value or "_undef_" for key, value in headers.items()}


def test_bytes_that_are_not_utf8_go_raw_into_json() -> None:
    event = Event("E", {"Caller-Caller-ID-Name": b"Ren\xe9".decode("utf-8", "surrogateescape")})
    assert event.as_json() == b'{"Caller-Caller-ID-Name":"Ren\xe9"}'
    assert b"Ren%E9" in event.as_plain()


def test_lists_and_bodies() -> None:
    event = Event("E", {"variable_DP_MATCH": ["park", "park"]}, body="+OK\n")
    assert json.loads(event.as_json())["variable_DP_MATCH"] == ["park", "park"]
    assert event.as_plain() == b"variable_DP_MATCH: ARRAY::park|:park\nContent-Length: 4\n\n+OK\n"


def test_events_are_numbered_and_say_where_they_come_from() -> None:
    factory = EventFactory("core", "host", "127.0.0.1")
    first, second = factory.new("HEARTBEAT"), factory.new("CUSTOM", subclass="a::b")
    assert int(str(second.headers["Event-Sequence"])) == int(str(first.headers["Event-Sequence"])) + 1
    assert first.headers["Core-UUID"] == "core"
    assert next(iter(second.headers)) == "Event-Subclass"
