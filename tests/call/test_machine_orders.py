"""The call machine: calls we place, and calls that are sent into another flow."""

from typing import Any

import pytest

from engine.call.machine import RING_GUARD
from engine.call.opening import LIMIT_MARGIN
from engine.core.effects import (
    AnswerLeg,
    CancelAsk,
    CloseCall,
    Dial,
    HangUp,
    HttpCall,
    RegisteredUser,
    StopPlay,
    TakeLeg,
)
from engine.core.ids import AskId, LegId
from engine.core.signals import (
    DigitPressed,
    FlowRequested,
    HangupRequested,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegFailed,
    LegRang,
    LegUnbridged,
    Played,
    Resumed,
    SwitchRestarted,
)
from tests.call.stage import START, A, B, Stage, arrival, order
from tests.call.stories import OURS, PLACES, end_everything, reach, said

# Calls we place


def test_somebody_is_rung_and_served_by_a_flow() -> None:
    stage = Stage()
    limit = 600 + LIMIT_MARGIN
    assert stage.place("menu") == [
        Dial(A, RegisteredUser("zoe"), 20.0, "+441632960999", "Shop", stays=True, limit=limit)
    ]
    assert stage.machine.phase == "dialling"
    initiated = stage.event("call.initiated")
    assert initiated == {
        "direction": "outbound", "caller": "+441632960999", "caller_name": "Shop", "called": "user/zoe",
        "switch": "fs1", "trunk": "", "flow": "menu", "rule": "",
    }  # fmt: skip
    assert stage.happen(LegRang, A) == []
    effects = stage.happen(LegAnswered, A)
    assert said(effects) == ["Welcome."]
    assert not stage.done(AnswerLeg), "it is answered already"
    assert not stage.done(TakeLeg)
    stage.answer(Played("done"))
    stage.happen(DigitPressed, A, "2")
    stage.answer(Played("interrupted"))
    assert stage.answer(Played("done")) == [HangUp(A)]
    stage.happen(LegEnded, A, "NORMAL_CLEARING")
    assert stage.told()[:5] == ["call.initiated", "call.ringing", "call.answered", "flow.started", "flow.step"]
    assert stage.event("call.answered") == {"leg": A, "direction": "outbound"}
    ended = stage.event("call.ended")
    assert (ended["ended_by"], ended["answered_ms"], ended["duration_ms"]) == ("engine", 500, 700)
    assert ended["tags"] == {"done": True}


def test_whoever_was_rung_may_hang_up() -> None:
    stage = reach("served")
    stage.caller_hangs_up()
    end_everything(stage)
    assert stage.event("call.ended")["ended_by"] == "callee"
    assert stage.event("call.ended")["tags"] == {"done": True}


@pytest.mark.parametrize("where", ["dialled", "rung"])
@pytest.mark.parametrize(
    ("signal", "fields", "ended_by"),
    [
        (LegEnded, ("USER_BUSY", True), "callee"),
        (LegEnded, ("CALL_REJECTED", True), "callee"),
        (LegFailed, ("USER_BUSY",), "callee"),
        (LegEnded, ("NO_ANSWER", False), "engine"),
        (LegEnded, ("NO_USER_RESPONSE", True), "engine"),
        (LegFailed, ("USER_NOT_REGISTERED",), "engine"),
        (SwitchRestarted, (), "engine"),
    ],
)
def test_a_call_that_is_not_answered_ends_without_its_flow(
    where: str, signal: Any, fields: tuple[Any, ...], ended_by: str
) -> None:
    stage = reach(where)
    assert stage.happen(signal, *([A, *fields] if fields else [])) == [CloseCall()]
    told = stage.told()
    assert told == ["call.initiated", *(["call.ringing"] if where == "rung" else []), "call.ended"]
    ended = stage.event("call.ended")
    assert (ended["cause"], ended["ended_by"]) == (fields[0] if fields else "CRASH", ended_by)
    assert ended["answered_ms"] == 0
    assert stage.happen(LegFailed, A, "USER_BUSY") == [], "the job's own word comes later"


@pytest.mark.parametrize("where", ["dialled", "rung"])
def test_a_ring_is_taken_back(where: str) -> None:
    stage = reach(where)
    assert stage.happen(HangupRequested, "NORMAL_CLEARING", "not wanted") == [HangUp(A, "ORIGINATOR_CANCEL")]
    stage.happen(LegEnded, A, "ORIGINATOR_CANCEL")
    ended = stage.event("call.ended")
    assert (ended["cause"], ended["reason"], ended["ended_by"]) == ("ORIGINATOR_CANCEL", "not wanted", "engine")
    assert "flow.started" not in stage.told()


def test_an_answer_or_a_ring_that_crosses_the_end_is_ended_too() -> None:
    stage = reach("dialled")
    stage.happen(HangupRequested)
    assert stage.happen(LegRang, A) == [HangUp(A, "ORIGINATOR_CANCEL")]
    assert stage.happen(LegAnswered, A) == [HangUp(A)]
    assert "flow.started" not in stage.told()
    end_everything(stage)


def test_a_ring_nobody_says_has_ended_is_given_up() -> None:
    stage = reach("rung")
    assert stage.wait_out() == [HangUp(A, "NO_ANSWER")]
    assert stage.now == START + 20.0 + RING_GUARD
    end_everything(stage)


def test_a_call_we_placed_lasts_as_long_as_it_may() -> None:
    stage = Stage()
    stage.place("menu", max_duration=4.0)
    stage.happen(LegAnswered, A, after=10.0)
    assert stage.machine.next_timer() == (2, START + 14.0)
    stage.wait_out()
    assert stage.done(HangUp) == [HangUp(A, "ALLOTTED_TIMEOUT")]


def test_it_lasts_no_longer_than_its_flow_allows() -> None:
    stage = Stage()
    stage.place("short", max_duration=600.0)
    stage.happen(LegAnswered, A)
    assert stage.machine.next_timer() == (2, START + 0.1 + 30.0)


def test_a_call_we_placed_is_connected_and_comes_back() -> None:
    stage = Stage()
    stage.place("transfer")
    stage.happen(LegAnswered, A)
    stage.happen(LegAnswered, B)
    stage.happen(LegBridged, B, A)
    assert stage.event("call.bridged") == {"leg": A, "other": B}
    stage.happen(LegEnded, B, "NORMAL_CLEARING", True)
    assert said(stage.effects)[-1:] != ["Goodbye."], "it is still leaving the talk"
    stage.happen(LegUnbridged, A, B)
    end_everything(stage)


def test_another_order_for_the_same_call_is_nothing() -> None:
    stage = reach("dialled")
    assert stage.tell(order("menu")) == []
    assert stage.tell(arrival("menu")) == []
    assert reach("greeting").tell(order("menu")) == []
    fresh = Stage()
    assert fresh.place("menu", leg=LegId("another")) == []
    assert fresh.machine.phase == "new"


@pytest.mark.parametrize("where", OURS)
def test_another_engine_goes_on_with_it(where: str) -> None:
    stage = reach(where)
    again = stage.replayed()
    assert (again.effects, again.events) == (stage.effects, stage.events)
    stage.happen(Resumed)
    assert stage.told()[-1] == "call.recovered"
    stage.caller_hangs_up()
    end_everything(stage)


# Sent into another flow


@pytest.mark.parametrize("where", [place for place in PLACES if place != "leaving"])
def test_a_live_call_goes_on_with_another_flow(where: str) -> None:
    stage = reach(where)
    before = stage.told().count("flow.started")
    pending = dict(stage.machine.pending)
    stage.happen(FlowRequested, "secret")
    for leg in list(stage.machine.legs.values()):
        if leg.id != A and leg.live:
            stage.happen(LegEnded, leg.id, "NORMAL_CLEARING")
            stage.happen(LegUnbridged, A, leg.id)
    for ask, former in pending.items():
        if not isinstance(former, HttpCall):
            stage.answer(Played("interrupted"), ask)
    assert stage.told().count("flow.started") == before + 1
    assert stage.machine.runner is not None
    assert stage.machine.runner.position is not None
    assert stage.machine.runner.position.flow == "secret"
    results = [one.fields["result"] for one in stage.events if one.type == "flow.finished"]
    assert results == ["sent"]
    stage.caller_hangs_up()
    end_everything(stage)
    assert stage.event("call.ended")["tags"] == {}, "the hang-up block of the flow that was left"


def test_what_a_step_was_doing_is_undone() -> None:
    stage = reach("lookup")
    (request,) = stage.done(HttpCall)
    assert stage.happen(FlowRequested, "menu")[0] == CancelAsk(request.ask)
    assert said(stage.effects) == ["Welcome."]


def test_a_talk_is_ended_before_the_next_flow_speaks() -> None:
    stage = reach("talk")
    effects = stage.happen(FlowRequested, "menu")
    assert effects[-1] == HangUp(B, "NORMAL_CLEARING")
    assert "Welcome." not in said(stage.happen(LegEnded, B, "NORMAL_CLEARING"))
    effects = stage.happen(LegUnbridged, A, B)
    assert StopPlay(A) in effects or "Welcome." in said(effects)
    assert "call.ended" not in stage.told()


def test_a_ring_is_taken_back_before_the_next_flow() -> None:
    stage = reach("ringing")
    effects = stage.happen(FlowRequested, "menu")
    assert HangUp(B, "ORIGINATOR_CANCEL") in effects
    assert StopPlay(A) in effects, "the ring tone"


def test_keys_of_the_former_flow_are_not_those_of_the_next() -> None:
    stage = reach("greeting")
    stage.happen(LegAnswered, A)
    stage.happen(DigitPressed, A, "2")
    stage.happen(FlowRequested, "menu")
    stage.answer(Played("interrupted"), AskId(1))
    assert said(stage.effects)[-1] == "Welcome."
    stage.answer(Played("done"))
    assert said(stage.effects)[-1] == "Press one or two.", "the key was pressed for the flow before"


def test_a_call_not_yet_answered_begins_with_the_flow_it_was_sent_to() -> None:
    stage = reach("rung")
    assert stage.happen(FlowRequested, "secret") == []
    stage.happen(LegAnswered, A)
    assert stage.event("flow.started")["flow"] == "secret"


def test_a_flow_that_does_not_exist_is_an_error_like_any_other() -> None:
    stage = reach("pause")
    stage.happen(FlowRequested, "nothing")
    assert stage.event("flow.error")["error"] == "flow.dead_end"
    assert stage.machine.phase == "flow"
    assert said(stage.effects)[-1] == "switchboard.apology"


def test_inputs_go_with_it_and_wrong_ones_are_an_error() -> None:
    stage = reach("pause")
    stage.happen(FlowRequested, "menu", {"nonsense": 1})
    assert stage.event("flow.error")["error"] == "expr.undefined"


@pytest.mark.parametrize("where", ["leaving"])
def test_it_is_too_late_for_a_call_that_ends(where: str) -> None:
    stage = reach(where)
    assert stage.happen(FlowRequested, "menu") == []


def test_sent_twice_only_the_last_flow_is_heard() -> None:
    stage = reach("talk")
    stage.happen(FlowRequested, "menu")
    stage.happen(FlowRequested, "secret")
    stage.happen(LegEnded, B, "NORMAL_CLEARING")
    stage.happen(LegUnbridged, A, B)
    stage.answer(Played("interrupted"), AskId(1))
    started = [one.fields["flow"] for one in stage.events if one.type == "flow.started"]
    assert started == ["transfer", "secret"]


def test_the_time_limit_is_the_new_flow_s() -> None:
    stage = reach("menu")
    stage.happen(FlowRequested, "short")
    stage.answer(Played("interrupted"), max(stage.machine.pending))
    assert stage.machine.next_timer() == (2, stage.now - 0.1 + 30.0)
    stage.wait_out()
    assert said(stage.effects)[-1] == "Time is over."
