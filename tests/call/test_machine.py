"""The call machine: one call from its first word to its last, its phases and its talks."""

from typing import Any

import pytest

from engine.call.lines import UNBRIDGE_PATIENCE
from engine.call.machine import CallMachine
from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CloseCall,
    Dial,
    HangUp,
    Play,
    RegisteredUser,
    StartRecording,
    StopRecording,
    TakeLeg,
)
from engine.core.ids import AskId, CallId, LegId
from engine.core.signals import (
    Answered,
    DigitPressed,
    HangupRequested,
    HttpReply,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegFailed,
    LegHeld,
    LegRang,
    LegUnbridged,
    Played,
    Recorded,
    Resumed,
    SwitchRestarted,
    TimerFired,
)
from tests.call.stage import CALL, START, A, B, Stage, arrival, bundle
from tests.call.stories import MEDIA, PLACES, end_everything, reach, said

# A whole call


def test_a_call_from_the_first_word_to_the_last() -> None:
    stage = Stage()
    effects = stage.arrive("menu")
    assert effects[:2] == [TakeLeg(A), AnswerLeg(A)]
    assert said(effects) == ["Welcome."]
    stage.happen(LegAnswered, A)
    assert said(stage.answer(Played("done"))) == ["Press one or two."]
    stage.happen(DigitPressed, A, "2")
    effects = stage.answer(Played("interrupted"))
    assert said(effects) == ["Goodbye."]
    assert stage.answer(Played("done")) == [HangUp(A)]
    assert stage.machine.phase == "leaving"
    assert stage.happen(LegEnded, A, "NORMAL_CLEARING") == [CloseCall()]
    assert stage.told() == [
        "call.initiated", "flow.started", "flow.step", "flow.step", "call.answered", "flow.step", "call.dtmf",
        "flow.input", "flow.step", "flow.step", "flow.finished", "flow.step", "call.tagged", "call.ended",
    ]  # fmt: skip
    initiated = stage.event("call.initiated")
    assert initiated.pop("rule")
    assert initiated == {
        "direction": "inbound", "caller": "+441632960123", "caller_name": "Ann", "called": "100", "switch": "fs1",
        "trunk": "", "flow": "menu",
    }  # fmt: skip
    ended = stage.event("call.ended")
    assert ended["cause"] == "NORMAL_CLEARING"
    assert ended["ended_by"] == "engine"
    assert ended["duration_ms"] == 600
    assert ended["answered_ms"] == 500
    assert ended["tags"] == {"done": True}
    assert stage.machine.phase == "closed"
    assert stage.machine.next_timer() is None


def test_events_are_numbered_without_gap_and_named_after_the_call() -> None:
    stage = Stage()
    stage.arrive("menu")
    stage.caller_hangs_up()
    assert [one.n for one in stage.events] == list(range(1, len(stage.events) + 1))
    assert [one.id for one in stage.events] == [f"evt_{CALL}_{one.n}" for one in stage.events]
    assert {one.tenant for one in stage.events} == {"default"}


def test_a_number_nobody_claimed_is_treated_politely_and_told() -> None:
    stage = Stage()
    effects = stage.arrive("99999")
    assert stage.event("call.unrouted")["called"] == "99999"
    assert any(isinstance(effect, Play) for effect in effects)
    assert stage.answer(Played("done")) == [HangUp(A, "UNALLOCATED_NUMBER")]


def test_a_caller_who_is_already_answered_is_not_answered_twice() -> None:
    stage = Stage()
    stage.arrive("menu", answered=True)
    assert stage.machine.legs[A].state == "answered"
    assert stage.machine.legs[A].answered_at == START


def test_another_arrival_of_the_same_or_another_leg_is_nothing() -> None:
    stage = Stage()
    stage.arrive("menu")
    before = len(stage.events)
    assert stage.tell(arrival("menu")) == []
    assert stage.tell(arrival("menu", leg=LegId("stranger"))) == []
    assert len(stage.events) == before
    fresh = CallMachine(CallId("other"), bundle())
    assert fresh.handle(arrival("menu")).effects == []
    assert fresh.phase == "new"


def test_what_happens_before_the_arrival_or_to_strangers_is_nothing() -> None:
    stage = Stage()
    for signal in (
        LegEnded(START, A, "NORMAL_CLEARING"), DigitPressed(START, A, "1"), HangupRequested(START), Resumed(START),
        TimerFired(START, 1), Answered(START, AskId(1), Played("done")),
    ):  # fmt: skip
        assert stage.tell(signal) == []
    assert stage.events == []
    stage.arrive("menu")
    before = len(stage.events)
    stranger = LegId("x")
    for signal in (LegEnded(START, stranger, "USER_BUSY"), LegRang(START, stranger), LegHeld(START, stranger, True)):
        assert stage.tell(signal) == []
    assert len(stage.events) == before


# Hang-up in every phase


@pytest.mark.parametrize("where", PLACES)
def test_the_caller_hangs_up(where: str) -> None:
    stage = reach(where)
    since = len(stage.effects)
    stage.caller_hangs_up()
    assert stage.machine.phase in ("wrapping", "closed")
    end_everything(stage)
    ended = stage.event("call.ended")
    assert (ended["ended_by"], ended["cause"]) == ("caller", "NORMAL_CLEARING")
    assert not [effect for effect in stage.effects[since:] if isinstance(effect, MEDIA)]
    assert HangUp(A) not in stage.effects[since:]
    if where != "leaving":
        assert "caller_hangup" in [one.fields["result"] for one in stage.events if one.type == "flow.finished"]


@pytest.mark.parametrize("where", PLACES)
def test_the_call_is_ended_by_somebody_with_the_right_to(where: str) -> None:
    stage = reach(where)
    stage.happen(HangupRequested, "CALL_REJECTED", "fraud")
    assert stage.machine.phase == "leaving"
    assert stage.done(HangUp)[-1].leg == A
    end_everything(stage)
    ended = stage.event("call.ended")
    first_reasons = {"leaving": "operator", "late": "limit.duration"}
    assert ended["reason"] == first_reasons.get(where, "fraud")
    assert ended["ended_by"] == "engine"


@pytest.mark.parametrize("where", PLACES)
def test_the_switch_is_restarted(where: str) -> None:
    stage = reach(where)
    stage.happen(SwitchRestarted)
    end_everything(stage)
    ended = stage.event("call.ended")
    assert ended["cause"] == "CRASH"
    first_reasons = {"leaving": "operator", "late": "limit.duration"}
    assert ended["reason"] == first_reasons.get(where, "the switch was restarted")
    assert not [leg for leg in stage.machine.legs.values() if leg.live]


@pytest.mark.parametrize("where", PLACES)
def test_a_replayed_call_is_the_same_call(where: str) -> None:
    stage = reach(where)
    stage.caller_hangs_up()
    end_everything(stage)
    again = stage.replayed()
    assert again.effects == stage.effects
    assert again.events == stage.events


def test_a_request_of_the_hang_up_block_is_not_lost_with_the_switch() -> None:
    stage = reach("pause")
    stage.happen(SwitchRestarted)
    assert stage.machine.phase == "wrapping"
    stage.answer(HttpReply(200))
    assert stage.event("call.ended")["tags"] == {"wrapped": True}


def test_a_restart_ends_a_talk_without_a_word_to_legs_that_are_gone() -> None:
    stage = reach("talk")
    assert stage.happen(SwitchRestarted) == [CloseCall()]
    assert stage.event("recording.failed")["reason"] == "the switch was restarted"


# Talks


def test_a_transfer_rings_connects_and_records_the_talk() -> None:
    stage = Stage()
    effects = stage.arrive("transfer")
    assert stage.done(Dial) == [Dial(B, RegisteredUser("alice"), 20, "+441632960123", "Ann")]
    assert [effect.interruptible for effect in effects if isinstance(effect, Play)] == [False]
    stage.happen(LegRang, B)
    stage.happen(LegRang, B)
    assert stage.told().count("call.ringing") == 1
    effects = stage.happen(LegAnswered, B)
    assert BridgeLegs(A, B) in effects
    assert stage.machine.legs[A].bridge_asked == BridgeLegs(A, B)
    effects = stage.happen(LegBridged, A, B)
    assert stage.machine.legs[A].bridge_asked is None
    assert stage.event("call.bridged") == {"leg": A, "other": B}
    (recording,) = stage.done(StartRecording)
    assert recording.stereo
    stage.happen(LegHeld, B, True)
    stage.happen(LegHeld, B, True)
    stage.happen(LegHeld, B, False)
    assert stage.told().count("call.held") == stage.told().count("call.resumed") == 1


@pytest.mark.parametrize("swapped", [False, True])
def test_either_way_round_a_talk_is_a_talk(swapped: bool) -> None:
    stage = reach("ringing")
    stage.happen(LegAnswered, B)
    stage.happen(LegBridged, *((B, A) if swapped else (A, B)))
    assert stage.event("call.bridged") == {"leg": A, "other": B}
    assert [leg.state for leg in stage.machine.legs.values()] == ["bridged", "bridged"]


def test_when_the_agent_ends_first_nothing_is_asked_of_the_caller_inside_the_bridge() -> None:
    stage = reach("talk")
    (recording,) = stage.done(StartRecording)
    assert stage.happen(LegEnded, B, "NORMAL_CLEARING", True) == []
    effects = stage.happen(LegUnbridged, A, B)
    assert effects == [StopRecording(A, recording.path)]
    effects = stage.answer(Recorded(5000, "stopped", recording.path), recording.ask)
    assert said(effects) == ["Goodbye."]
    assert stage.event("recording.saved")["duration_ms"] == 5000
    assert stage.event("call.transferred")["result"] == "answered"


def test_a_caller_who_does_not_come_back_from_the_bridge_is_not_waited_for_long() -> None:
    stage = reach("talk")
    assert stage.happen(LegEnded, B, "NORMAL_CLEARING", True) == []
    due = stage.machine.next_timer()
    assert due is not None
    assert due[1] == pytest.approx(stage.now + UNBRIDGE_PATIENCE)
    assert [type(effect) for effect in stage.wait_out()] == [StopRecording]
    assert stage.happen(LegUnbridged, A, B) == [], "the late word changes nothing"


def test_when_the_caller_comes_back_first_the_agent_is_let_go() -> None:
    stage = reach("talk")
    stage.happen(LegUnbridged, A, B)
    assert [leg.state for leg in stage.machine.legs.values()] == ["answered", "answered"]
    effects = [effect for _ in range(3) if stage.machine.legs[B].live for effect in stage.wait_out()]
    assert HangUp(B) in effects


def test_when_the_caller_ends_the_talk_the_agent_is_let_go_and_the_recording_kept() -> None:
    stage = reach("talk")
    (recording,) = stage.done(StartRecording)
    effects = stage.caller_hangs_up()
    assert effects == [HangUp(B)]
    assert stage.machine.phase == "wrapping"
    stage.answer(Recorded(5000, "hangup", recording.path), recording.ask)
    assert stage.event("recording.saved") == {
        "recording": f"rec_{recording.ask}", "path": recording.path, "duration_ms": 5000,
    }  # fmt: skip
    assert stage.machine.phase == "wrapping", "the agent's leg still lives"
    assert stage.happen(LegEnded, B, "NORMAL_CLEARING") == [CloseCall()]


def test_a_caller_who_hangs_up_while_it_rings_cancels_the_ringing() -> None:
    stage = reach("ringing")
    assert stage.caller_hangs_up() == [HangUp(B, "ORIGINATOR_CANCEL")]
    effects = stage.happen(LegAnswered, B)
    assert effects == [HangUp(B)], "an answer that crossed the cancel is ended"
    assert stage.happen(LegEnded, B, "NORMAL_CLEARING") == [CloseCall()]


@pytest.mark.parametrize(
    ("cause", "result"), [("USER_BUSY", "busy"), ("NO_ANSWER", "no_answer"), ("CALL_REJECTED", "rejected")]
)
@pytest.mark.parametrize("cls", [LegFailed, LegEnded])
def test_a_ring_in_vain_is_told_once_whichever_way_it_is_said(cls: Any, cause: str, result: str) -> None:
    stage = reach("ringing")
    stage.happen(cls, B, cause)
    stage.happen(LegFailed, B, cause)
    stage.happen(LegEnded, B, cause, True)
    stage.answer(Played("done"), AskId(1))  # the ringing tone has stopped
    assert stage.event("call.transferred")["result"] == result
    assert said(stage.effects)[-1] == "Goodbye."
