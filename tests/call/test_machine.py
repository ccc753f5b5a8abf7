"""The call machine: order and cancellation, in every phase and for any order of signals."""

from typing import Any, get_args

import pytest
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call.machine import LEAVE_PATIENCE, LEAVE_TRIES, UNBRIDGE_PATIENCE, CallMachine
from engine.call.script import Script
from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CancelAsk,
    CloseCall,
    CollectSecret,
    Dial,
    Effect,
    ForgetSecret,
    HangUp,
    HttpCall,
    Play,
    RegisteredUser,
    SetMasked,
    StartRecording,
    StopPlay,
    StopRecording,
    TakeLeg,
    WriteLog,
)
from engine.core.events import EVENT_TYPES
from engine.core.ids import AskId, CallId, LegId
from engine.core.prompts import describe
from engine.core.signals import (
    Answer,
    Answered,
    Deflected,
    DigitPressed,
    HangupRequested,
    HttpReply,
    LegAnswered,
    LegArrived,
    LegBridged,
    LegEnded,
    LegFailed,
    LegHeld,
    LegRang,
    LegUnbridged,
    Played,
    Recorded,
    Refused,
    Resumed,
    SecretDigits,
    Signal,
    SwitchRestarted,
    TimerFired,
)
from tests.call.stage import CALL, NUMBERS, START, A, B, Stage, arrival, bundle
from tests.call.stories import PLACES, reach

MEDIA = (AnswerLeg, Play, CollectSecret, Dial, BridgeLegs, StartRecording)


def said(effects: list[Effect]) -> list[str]:
    """What callers are played, of these effects."""
    return [describe(effect.prompt) for effect in effects if isinstance(effect, Play)]


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
        "caller": "+441632960123", "caller_name": "Ann", "called": "100", "switch": "fs1", "trunk": "", "flow": "menu",
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


def end_everything(stage: Stage) -> None:
    """Let the switch and the web say their last words, until the call is closed."""
    for leg in list(stage.machine.legs.values()):
        if leg.live:
            stage.happen(LegEnded, leg.id, "NORMAL_CLEARING")
    for ask, pending in list(stage.machine.pending.items()):
        if isinstance(pending, StartRecording):
            stage.answer(Recorded(1500, "hangup", pending.path), ask)
        elif isinstance(pending, HttpCall):
            stage.answer(HttpReply(200), ask)
    for _ in range(20):
        if stage.machine.phase == "closed":
            break
        for ask, pending in list(stage.machine.pending.items()):
            if isinstance(pending, HttpCall):
                stage.answer(HttpReply(200), ask)
        if stage.machine.phase != "closed":
            stage.wait_out()
    assert stage.machine.phase == "closed"
    assert stage.told().count("call.ended") == 1
    assert stage.told()[-1] == "call.ended"
    assert stage.done(CloseCall) == [CloseCall()]
    assert stage.effects[-1] == CloseCall()


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


# Recordings, secrets, requests


def test_a_message_is_kept_when_the_caller_hangs_up_while_speaking() -> None:
    stage = reach("message")
    (recording,) = stage.done(StartRecording)
    assert recording.sides == "caller"
    assert stage.caller_hangs_up() == []
    assert stage.machine.phase == "wrapping"
    assert stage.answer(Recorded(4000, "hangup", recording.path), recording.ask) == [CloseCall()]
    assert stage.event("recording.saved")["duration_ms"] == 4000
    assert stage.told()[-1] == "call.ended"


def test_a_recording_nobody_speaks_of_any_more_is_told_as_lost() -> None:
    stage = reach("message")
    stage.caller_hangs_up()
    assert stage.wait_out() == [CloseCall()]
    assert stage.event("recording.failed")["reason"] == "lost"
    assert stage.told()[-1] == "call.ended"


def test_a_mask_is_taken_back_when_its_step_is_cut_short() -> None:
    stage = reach("message")
    (recording,) = stage.done(StartRecording)
    stage.machine._desk.do(SetMasked(A, recording.path, True))
    assert stage.happen(HangupRequested)[0] == SetMasked(A, recording.path, False)


def test_secret_digits_are_forgotten_by_the_switch_and_never_told() -> None:
    stage = reach("secret")
    (secret,) = stage.done(CollectSecret)
    effects = stage.answer(SecretDigits("1234", "#"))
    assert effects[0] == ForgetSecret(A, secret.ask)
    assert said(effects) == ["Thank you."]
    assert "1234" not in repr(stage.events)


def test_a_request_is_cancelled_when_the_caller_goes() -> None:
    stage = reach("lookup")
    (request,) = stage.done(HttpCall)
    assert stage.caller_hangs_up() == [CancelAsk(request.ask), CloseCall()]
    assert stage.machine.pending == {}


def test_a_hang_up_block_may_finish_its_request() -> None:
    stage = reach("pause")
    effects = stage.caller_hangs_up()
    assert [type(effect) for effect in effects] == [HttpCall]
    assert stage.machine.phase == "wrapping"
    assert stage.answer(HttpReply(200)) == [CloseCall()]
    assert stage.event("call.ended")["tags"] == {"wrapped": True}


def test_a_hang_up_block_that_never_ends_is_ended() -> None:
    stage = reach("pause")
    stage.caller_hangs_up()
    for _ in range(5):
        if stage.machine.phase == "closed":
            break
        stage.wait_out()
    assert stage.machine.phase == "closed"
    assert stage.told()[-1] == "call.ended"


# Time


def test_a_call_over_its_time_runs_its_block_and_ends() -> None:
    stage = Stage()
    stage.arrive("short")
    effects = stage.wait_out()
    assert stage.now == START + 30
    assert said(effects) == ["Time is over."]
    assert stage.answer(Played("done")) == [HangUp(A, "USER_BUSY")]
    stage.happen(LegEnded, A, "USER_BUSY")
    end_everything(stage)
    assert stage.event("call.ended")["reason"] == "limit.duration"


def test_what_a_caller_hears_makes_way_for_the_end_of_time() -> None:
    stage = Stage()
    stage.arrive("hasty")
    effects = stage.wait_out()
    assert effects[0] == StopPlay(A), "the block would be heard after an endless prompt, that is never"
    assert said(effects) == ["Time is over."]


def test_a_message_that_takes_too_long_is_closed_and_kept() -> None:
    stage = Stage()
    stage.arrive("hasty")
    stage.answer(Played("done"))
    (recording,) = stage.done(StartRecording)
    effects = stage.wait_out()
    assert effects[0] == StopRecording(A, recording.path)
    stage.answer(Recorded(29_000, "stopped", recording.path), recording.ask)
    assert stage.event("recording.saved")["duration_ms"] == 29_000
    assert stage.machine.phase == "flow", "the block for the end of time is still heard"


def test_what_became_of_a_recording_is_told_once_however_late_its_file_is_closed() -> None:
    stage = reach("message")
    (recording,) = stage.done(StartRecording)
    stage.wait_out()
    stage.wait_out()
    assert stage.event("recording.failed")["reason"] == "the file was not closed"
    stage.answer(Recorded(60_000, "max", recording.path), recording.ask)
    stage.caller_hangs_up()
    end_everything(stage)
    assert "recording.saved" not in stage.told()


def test_a_block_for_the_end_of_time_has_an_end_too() -> None:
    stage = Stage()
    stage.arrive("short")
    stage.wait_out()
    assert stage.wait_out() == [HangUp(A, "ALLOTTED_TIMEOUT")]
    assert stage.machine.phase == "leaving"
    assert said(stage.effects) == ["Time is over."], "it is said once"


def test_a_call_over_its_time_without_such_a_block_is_ended() -> None:
    stage = reach("talk")
    stage.now = START + 3600
    effects = stage.tell(TimerFired(stage.now, 2))
    assert HangUp(A, "ALLOTTED_TIMEOUT") in effects
    assert HangUp(B) in effects
    end_everything(stage)
    assert stage.event("call.ended")["reason"] == "limit.duration"


def test_a_timer_that_is_not_due_or_not_set_is_nothing() -> None:
    stage = Stage()
    stage.arrive("menu")
    for timer in range(-1, 9):
        assert stage.tell(TimerFired(stage.now + 0.01, timer)) == []


def test_a_switch_that_does_not_confirm_the_end_is_asked_again_and_then_believed_gone() -> None:
    stage = reach("leaving")
    for _ in range(LEAVE_TRIES - 1):
        before = stage.now
        assert stage.wait_out() == [HangUp(A, "USER_BUSY")]
        assert stage.now - before == pytest.approx(LEAVE_PATIENCE, abs=0.2)
    effects = stage.wait_out()
    assert effects[-1] == CloseCall()
    assert stage.event("call.ended")["reason"] == "operator"


def test_time_does_not_run_backwards() -> None:
    stage = Stage()
    stage.arrive("menu")
    stage.happen(DigitPressed, A, "1", after=5)
    stage.tell(DigitPressed(START + 1, A, "2"))
    assert [one.at for one in stage.events if one.type == "call.dtmf"] == [START + 5, START + 5]


# Faults


def test_a_fault_in_a_step_does_not_leave_the_caller_in_silence() -> None:
    stage = Stage()
    stage.arrive("menu")

    def faulty() -> Any:
        raise ZeroDivisionError("a bug")
        yield

    stage.machine._script = Script(faulty(), stage.machine._desk)
    outcome = stage.machine._desk.outcome
    stage.machine._progress(None)
    stage.effects += outcome.effects[-3:]
    assert stage.machine.phase == "leaving"
    assert isinstance(outcome.effects[-2], WriteLog)
    assert outcome.effects[-1] == HangUp(A, "NORMAL_TEMPORARY_FAILURE")
    stage.happen(LegEnded, A, "NORMAL_TEMPORARY_FAILURE")
    assert stage.event("call.ended")["reason"] == "a fault of the engine"


# Taking over


def test_a_call_that_is_taken_over_says_so_and_goes_on() -> None:
    stage = reach("menu")
    again = stage.replayed()
    assert again.machine.pending == stage.machine.pending
    assert again.machine.next_timer() == stage.machine.next_timer()
    assert again.happen(Resumed) == []
    assert again.told()[-1] == "call.recovered"
    again.happen(DigitPressed, A, "1")
    again.answer(Played("interrupted"))
    assert again.done(Dial)


def test_what_the_shell_may_look_at() -> None:
    machine = CallMachine(CALL, bundle())
    assert (machine.call, machine.bundle_id, machine.runner, machine.phase) == (CALL, bundle().id, None, "new")
    assert machine.next_timer() is None
    assert machine.awaited == frozenset()
    stage = reach("talk")
    (recording,) = stage.done(StartRecording)
    assert stage.machine.arrival == arrival("transfer")
    assert recording.ask in stage.machine.pending
    assert recording.ask not in stage.machine.awaited, "it goes on beside the step"
    assert reach("menu").machine.awaited == {max(reach("menu").machine.pending)}
    runner = stage.machine.runner
    assert runner is not None
    assert runner.position is not None
    assert runner.position.kind == "transfer"


# Any order of signals

legs = st.sampled_from([A, B, LegId("stranger")])
answers: st.SearchStrategy[Answer] = st.sampled_from(
    [Played("done"), Played("interrupted"), Played("missing", "x"), Played("failed"), SecretDigits("12", "#"),
     Recorded(3000, "stopped", "/rec/x"), Recorded(0, "failed"), HttpReply(200), HttpReply(0, error="http.timeout"),
     Deflected(True), Refused("no")]
)  # fmt: skip
causes = st.sampled_from(["NORMAL_CLEARING", "USER_BUSY", "NO_ANSWER", "CRASH"])
happenings = st.one_of(
    st.tuples(st.just(LegAnswered), legs),
    st.tuples(st.just(LegRang), legs),
    st.tuples(st.just(LegBridged), legs, legs),
    st.tuples(st.just(LegUnbridged), legs, legs),
    st.tuples(st.just(LegHeld), legs, st.booleans()),
    st.tuples(st.just(LegEnded), legs, causes, st.booleans()),
    st.tuples(st.just(LegFailed), legs, causes),
    st.tuples(st.just(DigitPressed), legs, st.sampled_from("0123456789*#")),
    st.tuples(st.just(Answered), st.integers(1, 9), answers),
    st.tuples(st.just(TimerFired), st.integers(0, 6)),
    st.tuples(st.just(HangupRequested), causes, st.just("somebody")),
    st.tuples(st.just(Resumed)),
    st.tuples(st.just(SwitchRestarted)),
    st.just("time passes"),
    st.tuples(st.just("answer"), answers),
    st.tuples(st.just("answer"), answers),
)
stories = st.lists(st.tuples(happenings, st.sampled_from([0.0, 0.05, 1.0, 4.0])), max_size=30)


def play_story(flow: str, story: list[tuple[Any, float]]) -> Stage:
    """A call told a story, then left alone by everybody until time has closed it."""
    stage = Stage()
    stage.arrive(flow)
    for what, after in story:
        if what == "time passes":
            if stage.machine.next_timer() is not None:
                stage.wait_out()
        elif what[0] == "answer":
            if stage.machine.pending:
                stage.answer(what[1])
        else:
            stage.happen(what[0], *what[1:], after=after)
    note(f"{flow}: {stage.machine.phase}")
    stage.happen(HangupRequested)
    for _ in range(40):
        if stage.machine.phase == "closed":
            break
        stage.wait_out()
    return stage


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(list(NUMBERS)), stories)
def test_any_order_of_signals_gives_one_whole_call(flow: str, story: list[tuple[Any, float]]) -> None:
    stage = play_story(flow, story)
    assert stage.machine.phase == "closed", "time alone must end every call"
    assert [one.n for one in stage.events] == list(range(1, len(stage.events) + 1))
    assert stage.told().count("call.ended") == 1
    assert stage.told()[-1] == "call.ended"
    assert stage.told()[0] == "call.initiated"
    assert set(stage.told()) <= set(EVENT_TYPES)
    assert [one.at for one in stage.events] == sorted(one.at for one in stage.events)
    assert stage.done(CloseCall) == [CloseCall()]
    assert stage.effects[-1] == CloseCall()
    numbers = [effect.ask for effect in stage.effects if hasattr(effect, "ask")]
    assert numbers == list(range(1, len(numbers) + 1))
    recordings = {f"rec_{effect.ask}" for effect in stage.done(StartRecording)}
    verdicts = [one.fields["recording"] for one in stage.events if one.type in ("recording.saved", "recording.failed")]
    assert sorted(verdicts) == sorted(recordings), "one verdict for every recording"
    assert "engine.fault" not in [one.fields.get("error") for one in stage.events]
    for signal in (LegEnded(stage.now, A, "X"), arrival(flow), Resumed(stage.now), TimerFired(stage.now, 1)):
        assert stage.machine.handle(signal).effects == stage.machine.handle(signal).events == []


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(NUMBERS)), stories)
def test_the_same_signals_give_the_same_call(flow: str, story: list[tuple[Any, float]]) -> None:
    stage = play_story(flow, story)
    again = stage.replayed()
    assert again.effects == stage.effects
    assert again.events == stage.events


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(NUMBERS)), stories)
def test_nothing_is_asked_of_a_leg_that_is_gone(flow: str, story: list[tuple[Any, float]]) -> None:
    stage = play_story(flow, story)
    replay, gone = Stage(), set()
    for signal in stage.signals:
        before = len(replay.effects)
        if isinstance(signal, SwitchRestarted):
            gone |= set(replay.machine.legs)
        if isinstance(signal, LegEnded | LegFailed) and signal.leg in replay.machine.legs:
            gone.add(signal.leg)
        replay.tell(signal)
        for effect in replay.effects[before:]:
            if isinstance(effect, (*MEDIA, HangUp)) and not isinstance(effect, Dial):
                assert effect.leg not in gone, (signal, effect)
        gone |= {leg.id for leg in replay.machine.legs.values() if not leg.live}


def test_every_signal_is_handled() -> None:
    assert set(get_args(Signal)) == {
        LegArrived, LegRang, LegAnswered, LegFailed, LegBridged, LegUnbridged, LegHeld, LegEnded, DigitPressed,
        Answered, TimerFired, HangupRequested, SwitchRestarted, Resumed,
    }  # fmt: skip
