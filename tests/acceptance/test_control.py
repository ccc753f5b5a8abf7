"""Live calls are ended and sent into other flows from outside, whatever they are doing just then."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.control import FlowOrder, HangUpOrder
from engine.core.errors import ControlError
from engine.core.ids import CallId
from tests.acceptance.caller import Caller
from tests.acceptance.dialled import dialled, orders
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import no_channel_left, whole_story
from tests.acceptance.phone import hang_up, hear_each_other, registered_phone, told_caller

MENU = "+442079460002"
SECRET = "+442079460004"
TO_ALICE = "+442079460005"
MESSAGE = "+442079460008"
STAIRS = "+442079460025"
LONG_PAUSE = "+442079460028"


def end(engine: EngineProcess, call: str, reason: str = "by order") -> None:
    """Have a call ended from outside."""
    with orders(engine) as control:
        control.hang_up(HangUpOrder(CallId(call), "default", reason=reason))


def send(engine: EngineProcess, call: str, flow: str) -> None:
    """Have a call sent into a flow from outside."""
    with orders(engine) as control:
        control.send(FlowOrder(CallId(call), flow, "default"))


def ended_by_order(caller: Caller) -> list[str]:
    """The types of the events of a call that was ended by order; nothing of it may be left."""
    ended = caller.ends()
    assert (ended["ended_by"], ended["cause"], ended["reason"]) == ("engine", "NORMAL_CLEARING", "by order")
    no_channel_left(caller.engine.switch)
    return [event["type"] for event in whole_story(caller.engine, caller.call)]


# Ended


def test_a_ring_is_taken_back(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "menu", tmp_path) as call:
        call.phone.rings()
        end(engine, call.call)
        assert call.phone.was_cancelled()
        ended = call.ended()
        call.phone.is_done()
    assert (ended["cause"], ended["reason"], ended["ended_by"]) == ("ORIGINATOR_CANCEL", "by order", "engine")
    assert call.types() == ["call.initiated", "call.ringing", "call.ended"]


def test_a_call_we_placed_is_ended_in_its_flow(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "menu", tmp_path) as call:
        call.phone.answer()
        call.party.hears("welcome")
        end(engine, call.call)
        call.phone.is_done()
        ended = call.ended()
    assert (ended["ended_by"], ended["reason"], ended["tags"]) == ("engine", "by order", {"wrapped": "yes"})
    call.types()


@pytest.mark.parametrize(("number", "kind"), [(STAIRS, "play"), (SECRET, "collect"), (LONG_PAUSE, "pause")])
def test_a_caller_s_call_is_ended(engine: EngineProcess, tmp_path: Path, number: str, kind: str) -> None:
    with told_caller(engine, number, tmp_path) as caller:
        caller.in_step(kind)
        caller.event("call.answered")
        end(engine, caller.call)
        ended_by_order(caller)


def test_a_message_is_kept_when_its_call_is_ended(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, MESSAGE, tmp_path) as caller:
        caller.event("recording.started")
        caller.connect_media()
        end(engine, caller.call)
        types = ended_by_order(caller)
    assert types.count("recording.saved") + types.count("recording.failed") == 1


def test_both_ends_of_a_talk_are_ended(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        caller.event("call.bridged")
        end(engine, caller.call)
        ended_by_order(caller)
        alice.is_done()


def test_a_call_that_is_over_cannot_be_ended(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, LONG_PAUSE, tmp_path) as caller:
        caller.in_step("pause")
        caller.event("call.answered")
        hang_up(caller)
        caller.ends()
        with pytest.raises(ControlError) as refused:
            end(engine, caller.call)
    assert refused.value.fault in ("unknown_call", "too_late")


# Sent into another flow


def told_flows(caller: Caller) -> list[tuple[str, str]]:
    """The flows of an ended call, with how each ended."""
    told = whole_story(caller.engine, caller.call)
    return [(one["data"]["flow"], one["data"]["result"]) for one in told if one["type"] == "flow.finished"]


def test_from_a_prompt_into_a_menu(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, STAIRS, tmp_path) as caller:
        caller.in_step("play")
        caller.connect_media()
        assert caller.ear.wait_for(lambda ear: ear.mark() > 4000)
        position = caller.ear.mark()
        send(engine, caller.call, "menu")
        position = caller.hears("main_menu", since=caller.hears("welcome", 4.0, since=position))
        caller.ear.press("1")
        caller.hears("chosen_one", since=position)
        ended = caller.ends()
    assert ended["tags"] == {"choice": "1", "wrapped": "yes"}
    assert told_flows(caller) == [("stairs", "sent"), ("menu", "hangup")]
    no_channel_left(engine.switch)


def test_from_a_masked_entry(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, SECRET, tmp_path) as caller:
        caller.hears("enter_account")
        caller.connect_media()
        caller.ear.press("73")
        assert caller.ear.wait_until_said()
        send(engine, caller.call, "menu")
        position = caller.hears("main_menu")
        caller.ear.press("2")
        caller.hears("chosen_two", since=position)
        assert caller.ends()["tags"] == {"choice": "2", "wrapped": "yes"}
    dtmf = [event["data"]["digit"] for event in caller.events() if event["type"] == "call.dtmf"]
    assert dtmf == ["2"], "masked keys stay masked, those of a menu are heard again"
    assert told_flows(caller) == [("secret", "sent"), ("menu", "hangup")]


def test_from_a_talk_the_other_party_is_released_first(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        caller.event("call.bridged")
        hear_each_other(caller.ear, alice.ear)
        position = caller.ear.mark()
        send(engine, caller.call, "menu")
        alice.is_done()
        position = caller.hears("main_menu", since=position)
        caller.ear.press("1")
        caller.hears("chosen_one", since=position)
        assert caller.ends()["tags"] == {"choice": "1", "wrapped": "yes"}
    assert told_flows(caller) == [("transfer", "sent"), ("menu", "hangup")]
    no_channel_left(engine.switch)


def test_from_a_ring_that_is_taken_back(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.rings()
        caller.event("call.ringing")
        send(engine, caller.call, "menu")
        assert alice.was_cancelled()
        caller.hears("welcome")
        hang_up(caller)
        assert caller.ends()["tags"] == {"wrapped": "yes"}
        alice.is_done()
    assert told_flows(caller) == [("transfer", "sent"), ("menu", "caller_hangup")]


def test_a_phone_that_still_rings_will_hear_the_other_flow(engine: EngineProcess, tmp_path: Path) -> None:
    with dialled(engine, "long_pause", tmp_path) as call:
        call.phone.rings()
        send(engine, call.call, "menu")
        call.phone.answer()
        call.party.hears("welcome")
        call.phone.hang_up()
        call.phone.is_done()
        call.ended()
    started = [event["data"]["flow"] for event in engine.of(call.call) if event["type"] == "flow.started"]
    assert started == ["menu"]
    call.types()


def test_a_flow_that_does_not_exist_changes_nothing(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, LONG_PAUSE, tmp_path) as caller:
        caller.in_step("pause")
        with pytest.raises(ControlError) as refused:
            send(engine, caller.call, "nothing")
        assert refused.value.fault == "unknown_flow"
        caller.hears("chosen_one")
        caller.ends()
    assert told_flows(caller) == [("long_pause", "hangup")]
