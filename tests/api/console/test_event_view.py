"""Events in plain words, with what belongs to them and where they were written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.console.event_view import ARROW, event_view
from engine.webhooks.subscription import known_types
from tests.api.console.lively import NOW, event

FILES = {"support": "ivr_flows/support.flow.yaml"}


@pytest.mark.parametrize(
    ("kind", "told", "title"),
    [
        ("call.initiated", {"caller": "+44", "called": "+49", "direction": "inbound"}, "+44 called +49"),
        ("call.initiated", {"called": "+49"}, "An unknown caller called +49"),
        ("call.initiated", {"called": "+49", "direction": "outbound"}, "Placing a call to +49"),
        ("call.dtmf", {"digit": "#"}, "Key # pressed"),
        ("call.ended", {"ended_by": "caller"}, "The caller hung up"),
        ("call.ended", {"ended_by": "engine"}, "The call was ended by Switchboard"),
        ("call.transferred", {"to": "user/alice", "result": "no_answer"}, "Transfer to user/alice: no answer"),
        ("flow.step", {"kind": "menu", "name": "main"}, "Step menu “main”"),
        ("flow.step", {"kind": "play"}, "Step play"),
        ("flow.input", {"outcome": "no_match", "digits": "12"}, "Input ended, no match: 12"),
        ("flow.input", {"outcome": "timeout"}, "Input ended, timeout"),
        ("queue.caller_joined", {}, "Queue caller joined"),
    ],
)
def test_titles(kind: str, told: dict[str, Any], title: str) -> None:
    assert event_view(event("c", 1, kind, NOW, **told)).title == title


def test_place_time_and_details() -> None:
    told = {
        "flow": "support",
        "block": "greet",
        "step": 0,
        "kind": "menu",
        "line": 9,
        "leg": "abc",
        "talk_ms": 61_000,
        "x": {},
    }
    seen = event_view(event("c", 3, "flow.step", NOW + 3.5, **told), NOW, FILES)
    assert seen.where == ARROW.join(["support", "greet", "step 1"])
    assert seen.source == "ivr_flows/support.flow.yaml:9"
    assert seen.after == 3.5
    assert seen.details == (("talk", "1 min 01 s"),)
    assert (seen.id, seen.call, seen.n, seen.family) == ("evt_c_3", "c", 3, "flow")


def test_what_somebody_should_look_at_stands_out() -> None:
    tones = {kind: event_view(event("c", 1, kind)).tone for kind in ("flow.error", "call.unrouted", "call.answered")}
    assert tones == {"flow.error": "bad", "call.unrouted": "warn", "call.answered": ""}


def test_an_event_of_no_call_is_shown_too() -> None:
    seen = event_view({"type": "endpoint.disabled", "call": None, "n": None, "data": {"url": "https://x"}})
    assert (seen.call, seen.n, seen.title) == ("", 0, "Endpoint https://x was disabled")


@pytest.mark.parametrize("kind", known_types())
def test_every_event_has_words(kind: str) -> None:
    bare = event_view(event("c", 1, kind))
    assert bare.title
    assert kind not in bare.title


NAMES = ("caller", "called", "to", "step", "line", "flow", "talk_ms", "digit", "name")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=5,
)  # fmt: skip


@given(
    st.sampled_from([*known_types(), "", "x.y"]),
    st.dictionaries(st.sampled_from(NAMES), JSON) | JSON,
)
def test_no_event_breaks_a_page(kind: str, told: Any) -> None:
    event_view({"type": kind, "data": told, "at": 1.0}, NOW, FILES)
