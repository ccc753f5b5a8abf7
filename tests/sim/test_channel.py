"""A channel alone: variables, states, events."""

from typing import Any

import pytest

from engine.sim.caller_profile import CallerProfile
from engine.sim.channel import Channel
from engine.sim.event import Event, EventFactory
from engine.sim.states import CallState, State


@pytest.fixture
def said() -> list[Event]:
    return []


@pytest.fixture
def channel(said: list[Event]) -> Channel:
    made = Channel("u1", "sofia/trunk/a", "inbound", EventFactory("c", "h", "127.0.0.1"), said.append, lambda _: True)
    made.profile = CallerProfile("u1", "inbound", "sofia/trunk/a", "1000", caller_id_name="Bob", caller_id_number="555")
    return made


def test_variables_and_profile_fields(channel: Channel) -> None:
    channel.set("a", "1")
    channel.append("list", "x")
    channel.append("list", "y")
    assert (channel.get("a"), channel.get("list"), channel.get("caller_id_name")) == ("1", "ARRAY::x|:y", "Bob")
    channel.set("a", "")
    assert channel.get("a") is None
    channel.set("sip_h_X-One", "1")
    assert channel.variables_with_prefix("sip_h_") == [("X-One", "1")]


def test_a_variable_the_channel_lacks_is_the_switch_s(said: list[Event]) -> None:
    switch = {"playback_terminators": "any"}
    made = Channel("u1", "x", "inbound", EventFactory("c", "h", "127.0.0.1"), said.append, lambda _: True, switch.get)
    assert made.get("playback_terminators") == "any"
    assert "variable_playback_terminators" not in made.headers(), "an event tells the channel's own only"
    made.set("playback_terminators", "none")
    assert made.get("playback_terminators") == "none"


@pytest.mark.parametrize(
    ("text", "truth"), [("true", True), ("yes", True), ("1", True), ("0", False), ("no", False), ("", False)]
)
def test_truth(channel: Channel, text: str, truth: bool) -> None:
    channel.set("a", text)
    assert channel.is_true("a") is truth


def test_nothing_leads_back_from_a_hangup(channel: Channel, said: list[Event]) -> None:
    channel.enter(State.EXECUTE)
    channel.state = State.EXECUTE
    assert channel.ready
    assert channel.hang_up("USER_BUSY")
    assert not channel.hang_up("NORMAL_CLEARING")
    channel.set_state(State.EXECUTE)
    channel.mark_answered()
    channel.mark_held(True)
    assert (channel.state, channel.hangup_cause, channel.answered, channel.ready) == (
        State.HANGUP,
        "USER_BUSY",
        False,
        False,
    )
    assert [event.name for event in said].count("CHANNEL_HANGUP") == 1


def test_some_events_carry_no_variables(channel: Channel, said: list[Event]) -> None:
    channel.set("a", "1")
    channel.fire("DTMF", {"DTMF-Digit": "1"})
    channel.fire("CHANNEL_PARK")
    assert "variable_a" not in said[0].headers
    assert said[1].headers["variable_a"] == "1"


def test_answering_says_so_once(channel: Channel, said: list[Event]) -> None:
    channel.mark_answered()
    channel.mark_answered()
    assert [event.name for event in said] == ["CHANNEL_ANSWER", "CHANNEL_CALLSTATE"]
    assert channel.call_state == CallState.ACTIVE
    headers: dict[str, Any] = said[1].headers
    assert (headers["Original-Channel-Call-State"], headers["Channel-Call-State"]) == ("DOWN", "ACTIVE")


def test_an_unwanted_event_is_not_built(said: list[Event]) -> None:
    quiet = Channel("u1", "n", "inbound", EventFactory("c", "h", "127.0.0.1"), said.append, lambda _: False)
    quiet.fire("CHANNEL_PARK")
    assert not said
