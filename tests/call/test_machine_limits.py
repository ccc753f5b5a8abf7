"""The call machine: recordings, requests, time, faults and the change of engines."""

from typing import Any

import pytest

from engine.call.machine import LEAVE_PATIENCE, LEAVE_TRIES, CallMachine
from engine.core.effects import (
    CancelAsk,
    CloseCall,
    CollectSecret,
    Dial,
    ForgetSecret,
    HangUp,
    HttpCall,
    SetMasked,
    StartRecording,
    StopPlay,
    StopRecording,
    WriteLog,
)
from engine.core.signals import (
    DigitPressed,
    HangupRequested,
    HttpReply,
    LegEnded,
    Played,
    Recorded,
    Resumed,
    SecretDigits,
    TimerFired,
)
from tests.call.stage import CALL, START, A, B, Stage, arrival, bundle
from tests.call.stories import end_everything, reach, said

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
    assert effects == [StopPlay(A)], "the block would be heard after an endless prompt, that is never"
    assert said(stage.answer(Played("interrupted"))) == ["Time is over."]


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

    outcome = stage.machine._desk.outcome
    stage.machine._after(stage.machine._course.begin(faulty()))
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
