"""Before a call does something else its caller is alone and hears nothing any more."""

import pytest

from engine.call.clearing import cleared
from engine.call.course import Course, Over
from engine.call.desk import Desk
from engine.call.leg import Leg
from engine.call.lines import Lines
from engine.core.effects import BridgeLegs, HangUp, Play, StartRecording, StopPlay, StopRecording
from engine.core.ids import AskId, CallId, LegId
from engine.core.prompts import Tone
from engine.core.signals import Played
from engine.core.steps import Step, Wait
from engine.flow.facts import FlowResult

CALLER, AGENT = LegId("c"), LegId("a")
WENT_ON = Over(FlowResult("hangup"))


@pytest.fixture
def desk() -> Desk:
    desk = Desk(CallId("c"), "default")
    desk.legs[CALLER] = Leg(CALLER, dialled=False)
    desk.legs[AGENT] = Leg(AGENT, dialled=True)
    return desk


def steps() -> Step[FlowResult]:
    return FlowResult("hangup")
    yield Wait(0)


def clear(desk: Desk) -> tuple[Course, Lines, Over | None]:
    course, lines = Course(desk), Lines(desk)
    return course, lines, course.begin(cleared(desk, lines, steps()))


def test_a_caller_who_hears_nothing_and_is_alone_is_not_kept_waiting(desk: Desk) -> None:
    desk.legs[AGENT].move("ended")
    desk.waiting.press(CALLER, "1")
    _, _, over = clear(desk)
    assert over == WENT_ON
    assert desk.outcome.effects == []
    assert desk.waiting.match(Wait(0, digits="take"), CALLER) is None, "a key for what is over"


def test_a_prompt_is_told_to_stop_until_it_has(desk: Desk) -> None:
    ask = desk.start(Play(CALLER, (Tone("%(1000,0,400)"),)))
    desk.legs[AGENT].move("ended")
    course, _, over = clear(desk)
    assert over is None
    assert desk.outcome.effects[-1] == StopPlay(CALLER)
    assert course.timed_out() is None
    assert desk.outcome.effects[-2:] == [StopPlay(CALLER), StopPlay(CALLER)]
    desk.waiting.answer(ask, Played("interrupted"))
    assert course.look() == WENT_ON


def test_a_recording_is_closed(desk: Desk) -> None:
    desk.start(StartRecording(CALLER, "/rec/a.wav"))
    clear(desk)
    assert StopRecording(CALLER, "/rec/a.wav") in desk.outcome.effects


def test_the_other_party_is_released_first_and_the_caller_waited_for(desk: Desk) -> None:
    lines = Lines(desk)
    lines.answered(CALLER)
    lines.answered(AGENT)
    lines.bridged(CALLER, AGENT)
    course = Course(desk)
    assert course.begin(cleared(desk, lines, steps())) is None
    assert desk.outcome.effects == [HangUp(AGENT, "NORMAL_CLEARING")]
    assert course.look() is None, "what is known of the talk's beginning is not its end"
    lines.ended(AGENT, "NORMAL_CLEARING")
    assert course.look() is None, "the caller is still leaving the talk"
    lines.unbridged(CALLER)
    assert course.look() == WENT_ON


def test_a_caller_who_never_comes_back_is_not_waited_for_for_ever(desk: Desk) -> None:
    lines = Lines(desk)
    lines.answered(CALLER)
    lines.answered(AGENT)
    lines.bridged(CALLER, AGENT)
    course = Course(desk)
    course.begin(cleared(desk, lines, steps()))
    assert course.timed_out() is None
    assert desk.outcome.effects == [HangUp(AGENT, "NORMAL_CLEARING")] * 2, "the first may have been lost"
    assert course.timed_out() == WENT_ON


def test_a_talk_that_is_just_being_connected_is_waited_for_too(desk: Desk) -> None:
    lines = Lines(desk)
    lines.answered(CALLER)
    lines.answered(AGENT)
    desk.do(BridgeLegs(CALLER, AGENT))
    course = Course(desk)
    assert course.begin(cleared(desk, lines, steps())) is None
    lines.bridged(CALLER, AGENT)
    assert course.look() is None
    lines.ended(AGENT, "NORMAL_CLEARING")
    lines.unbridged(CALLER)
    assert course.look() == WENT_ON


def test_nothing_is_stopped_twice(desk: Desk) -> None:
    ask = desk.start(Play(CALLER, (Tone("%(1000,0,400)"),)))
    del desk.pending[AskId(ask)]
    desk.legs[AGENT].move("ended")
    assert clear(desk)[2] == WENT_ON
