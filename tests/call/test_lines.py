"""The legs of a call: what is told of them, and in which order a step learns of it."""

import pytest

from engine.call.desk import Desk
from engine.call.leg import Leg
from engine.call.lines import UNBRIDGE_PATIENCE, Lines
from engine.core.effects import HangUp
from engine.core.ids import CallId, LegId
from engine.core.steps import Happened, LegChange, Wait

CALLER, AGENT = LegId("c"), LegId("a")


@pytest.fixture
def desk() -> Desk:
    desk = Desk(CallId("c"), "default")
    desk.at = 100.0
    desk.legs[CALLER] = Leg(CALLER, dialled=False)
    desk.legs[AGENT] = Leg(AGENT, dialled=True)
    return desk


@pytest.fixture
def lines(desk: Desk) -> Lines:
    return Lines(desk)


def told(desk: Desk) -> list[str]:
    return [event.type for event in desk.outcome.events]


def next_change(desk: Desk) -> Happened | None:
    return desk.waiting.match(Wait(1.0, legs=(AGENT,)), CALLER)


def talking(lines: Lines) -> None:
    lines.answered(CALLER)
    lines.answered(AGENT)
    lines.bridged(CALLER, AGENT)


def test_ringing_and_answer_are_told_once(desk: Desk, lines: Lines) -> None:
    lines.rang(AGENT)
    lines.rang(AGENT)
    assert lines.answered(AGENT) is desk.legs[AGENT]
    assert lines.answered(AGENT) is None
    assert told(desk) == ["call.ringing", "call.answered"]
    assert [next_change(desk), next_change(desk)] == [LegChange(AGENT, "ringing"), LegChange(AGENT, "answered")]


def test_a_bridge_is_told_once_whichever_leg_says_it(desk: Desk, lines: Lines) -> None:
    lines.answered(CALLER)
    lines.answered(AGENT)
    lines.bridged(AGENT, CALLER)
    lines.bridged(CALLER, AGENT)
    assert told(desk).count("call.bridged") == 1
    assert desk.outcome.events[-1].fields == {"leg": CALLER, "other": AGENT}


def test_the_end_of_a_talk_is_told_when_the_caller_is_back(desk: Desk, lines: Lines) -> None:
    talking(lines)
    for _ in range(2):
        next_change(desk)
    assert lines.ended(AGENT, "NORMAL_CLEARING") is False
    assert next_change(desk) is None
    assert lines.return_due == 100.0 + UNBRIDGE_PATIENCE
    lines.unbridged(CALLER)
    assert next_change(desk) == LegChange(AGENT, "ended", "NORMAL_CLEARING")
    assert lines.return_due is None


def test_a_caller_who_never_comes_back_is_not_waited_for_for_ever(desk: Desk, lines: Lines) -> None:
    talking(lines)
    for _ in range(2):
        next_change(desk)
    lines.ended(AGENT, "NORMAL_CLEARING")
    lines.returned()
    assert next_change(desk) == LegChange(AGENT, "ended", "NORMAL_CLEARING")
    lines.returned()
    assert next_change(desk) is None


def test_a_leg_that_never_answered_has_failed(desk: Desk, lines: Lines) -> None:
    lines.rang(AGENT)
    lines.ended(AGENT, "USER_BUSY")
    next_change(desk)
    assert next_change(desk) == LegChange(AGENT, "failed", "USER_BUSY")


def test_only_the_callers_end_is_the_calls(desk: Desk, lines: Lines) -> None:
    assert lines.ended(LegId("stranger"), "NORMAL_CLEARING") is False
    assert lines.ended(CALLER, "NORMAL_CLEARING") is True
    assert lines.ended(CALLER, "NORMAL_CLEARING") is False


def test_hold_is_told_when_it_changes(desk: Desk, lines: Lines) -> None:
    for held in (True, True, False, False):
        lines.held(CALLER, held)
    assert told(desk) == ["call.held", "call.resumed"]


def test_legs_are_ended_by_where_they_were(desk: Desk, lines: Lines) -> None:
    other = LegId("b")
    desk.legs[other] = Leg(other, dialled=True)
    lines.answered(AGENT)
    lines.end_others()
    assert desk.outcome.effects == [HangUp(AGENT, "NORMAL_CLEARING"), HangUp(other, "ORIGINATOR_CANCEL")]
