"""After nobody listened for a while: what was missed is told, what never arrived is done again, and nothing else."""

from dataclasses import dataclass

import pytest

from engine.call.reconcile import LOST_CAUSE, LegView, Plan, reconcile
from engine.core.effects import AnswerLeg, BridgeLegs, CollectSecret, Effect, HangUp, HttpCall, Play, TakeLeg
from engine.core.ids import AskId, LegId
from engine.core.signals import (
    Answered,
    DigitPressed,
    HangupRequested,
    HttpReply,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegFailed,
    LegUnbridged,
    Played,
    Recorded,
    Refused,
    Resumed,
    SecretDigits,
    Signal,
)
from engine.esl.snapshot import Fate, Finished, Running, Unseen
from tests.call.stage import A, B, Stage
from tests.call.stories import PLACES, reach

UP, EARLY = LegView(answered=True), LegView(answered=False)
BOTH: dict[LegId, LegView | None] = {A: LegView(True, B), B: LegView(True, A)}
LATER = 30.0


@dataclass
class Back:
    """A call another engine has rebuilt, and what it finds on the switch."""

    stage: Stage
    plan: Plan

    @classmethod
    def at(
        cls,
        where: str,
        legs: dict[LegId, LegView | None] | None = None,
        fates: dict[int, Fate] | None = None,
        away: float = LATER,
    ) -> "Back":
        stage = reach(where).replayed()
        stage.now += away
        pending = {AskId(number): fate for number, fate in (fates or {}).items()}
        return cls(stage, reconcile(stage.machine, {A: UP} if legs is None else legs, pending, stage.now))

    @property
    def signals(self) -> list[Signal]:
        assert self.plan.signals[0] == Resumed(self.stage.now)
        return self.plan.signals[1:]

    @property
    def again(self) -> list[Effect]:
        return [effect for effect in self.plan.effects if not isinstance(effect, TakeLeg)]

    def resume(self) -> list[Effect]:
        """What the machine does about what it missed."""
        return [effect for signal in self.plan.signals for effect in self.stage.tell(signal)]


def newest(where: str) -> int:
    return max(reach(where).machine.pending)


@pytest.mark.parametrize("where", PLACES)
def test_when_everything_goes_on_as_it_was_only_the_take_over_is_told(where: str) -> None:
    stage = reach(where)
    legs: dict[LegId, LegView | None] = {A: LegView(stage.machine.legs[A].state != "arrived"), B: EARLY}
    if where == "talk":
        legs = BOTH
    back = Back.at(where, legs, dict.fromkeys(stage.machine.pending, Running()))
    assert [signal for signal in back.signals if not isinstance(signal, LegAnswered)] == []
    assert TakeLeg(A) in back.plan.effects
    again = {type(effect) for effect in back.again}
    unanswered = {AnswerLeg} if stage.machine.legs[A].answer_asked is not None else set()
    assert again == unanswered | {"lookup": {HttpCall}, "leaving": {HangUp}}.get(where, set())
    assert back.resume() == []
    assert back.stage.told().count("call.recovered") == 1


# Asks


def test_a_prompt_that_ended_meanwhile_lets_the_flow_go_on() -> None:
    back = Back.at("greeting", fates={newest("greeting"): Finished(Played("done"))})
    assert [type(effect) for effect in back.resume()] == [Play]
    assert back.stage.pending() == [Play]


def test_the_key_that_ended_a_prompt_is_not_lost() -> None:
    ask = newest("menu")
    back = Back.at("menu", fates={ask: Finished(Played("interrupted"), "2")})
    assert back.signals == [
        DigitPressed(back.stage.now, A, "2"), Answered(back.stage.now, AskId(ask), Played("interrupted")),
    ]  # fmt: skip
    effects = back.resume()
    assert [type(effect) for effect in effects] == [Play], "goodbye"
    assert back.stage.event("flow.input")["digits"] == "2"


def test_a_prompt_that_never_arrived_is_played_again_under_its_number() -> None:
    ask = newest("menu")
    back = Back.at("menu", fates={ask: Unseen()})
    assert back.signals == []
    assert back.again == [reach("menu").machine.pending[AskId(ask)]]
    assert back.again[0].ask == ask  # type: ignore[union-attr]


def test_what_ran_beside_the_step_and_is_gone_is_told_as_gone() -> None:
    stage = reach("talk")
    beside = [number for number in stage.machine.pending if number not in stage.machine.awaited]
    assert beside
    back = Back.at("talk", BOTH, dict.fromkeys(beside, Unseen()))
    assert back.again == []
    assert [type(signal) for signal in back.signals] == [Answered] * len(beside)
    assert all(isinstance(signal.answer, Refused) for signal in back.signals)  # type: ignore[union-attr]


def test_secret_digits_keyed_meanwhile_are_taken_from_the_switch() -> None:
    back = Back.at("secret", fates={newest("secret"): Finished(SecretDigits("1234", "#"))})
    back.resume()
    assert back.stage.event("flow.input")["outcome"] != "no_input"
    assert not [ask for ask in back.stage.machine.pending.values() if isinstance(ask, CollectSecret)]


def test_a_message_that_was_closed_meanwhile_is_kept() -> None:
    back = Back.at("message", fates={newest("message"): Finished(Recorded(9000, "stopped", "/rec/x"))})
    back.resume()
    assert back.stage.event("recording.saved")["duration_ms"] == 9000


def test_a_request_that_only_reads_is_sent_again_and_any_other_is_told_as_lost() -> None:
    back = Back.at("lookup")
    assert [type(effect) for effect in back.again if not isinstance(effect, AnswerLeg)] == [HttpCall]
    stage = reach("lookup")
    stage.answer(HttpReply(200))
    stage.answer(Played("done"))
    ((number, ask),) = stage.machine.pending.items()
    assert isinstance(ask, HttpCall)
    assert ask.method == "POST"
    plan = reconcile(stage.machine, {A: UP}, {}, stage.now)
    assert [effect for effect in plan.effects if isinstance(effect, HttpCall)] == []
    (answered,) = plan.signals[1:]
    assert isinstance(answered, Answered)
    assert answered.ask == number
    assert isinstance(answered.answer, HttpReply)
    assert answered.answer.error == "http.connect"


# Legs


def test_a_caller_who_hung_up_meanwhile_ends_the_call_once() -> None:
    for where in PLACES:
        back = Back.at(where, {A: None, B: None})
        assert back.signals[-1] == LegEnded(back.stage.now, A, LOST_CAUSE, by_them=where != "leaving")
        back.resume()
        for _ in range(10):
            if back.stage.machine.phase == "closed":
                break
            back.stage.wait_out()
        assert back.stage.told().count("call.ended") == 1
        assert back.stage.told()[-1] == "call.ended"


def test_an_answer_that_never_arrived_is_given_again() -> None:
    back = Back.at("greeting", {A: EARLY}, {newest("greeting"): Unseen()})
    assert [type(effect) for effect in back.again] == [AnswerLeg, Play]
    assert back.signals == []


def test_an_answer_that_did_is_told() -> None:
    back = Back.at("greeting", {A: UP}, {newest("greeting"): Running()})
    assert back.signals == [LegAnswered(back.stage.now, A)]
    assert back.again == []


def test_a_phone_that_was_picked_up_meanwhile_is_connected() -> None:
    back = Back.at("ringing", {A: UP, B: UP}, {1: Running()})
    assert LegAnswered(back.stage.now, B) in back.signals
    assert BridgeLegs(A, B) in back.resume()


@pytest.mark.parametrize(("away", "cause"), [(1.0, LOST_CAUSE), (60.0, "NO_ANSWER")])
def test_a_phone_that_was_not_is_a_failed_leg(away: float, cause: str) -> None:
    back = Back.at("ringing", {A: UP, B: None}, {1: Running()}, away=away)
    assert LegFailed(back.stage.now, B, cause) in back.signals
    back.resume()
    back.stage.answer(Played("done"), AskId(1))
    assert back.stage.event("call.transferred")["result"] != "answered"


def test_a_connection_that_never_arrived_is_made_again_and_one_that_did_is_told() -> None:
    missing = Back.at("picked up", {A: UP, B: UP})
    assert BridgeLegs(A, B) in missing.again
    made = Back.at("picked up", BOTH)
    assert BridgeLegs(A, B) not in made.again
    assert LegBridged(made.stage.now, B, A) in made.signals
    made.resume()
    assert made.stage.told().count("call.bridged") == 1


def test_an_agent_who_left_the_talk_meanwhile_gives_the_caller_back_to_the_flow() -> None:
    back = Back.at("talk", {A: UP, B: None})
    assert [type(signal) for signal in back.signals if not isinstance(signal, LegAnswered)] == [LegEnded, LegUnbridged]
    back.resume()
    recording = max(back.stage.machine.pending)
    back.stage.answer(Recorded(5000, "stopped", "/rec/x"), recording)
    assert back.stage.event("call.transferred")["result"] == "answered"


def test_a_talk_that_ended_with_both_still_there_is_over() -> None:
    back = Back.at("talk", {A: UP, B: UP})
    assert LegUnbridged(back.stage.now, A, B) in back.signals


def test_a_call_that_was_leaving_is_told_to_leave_again_with_its_cause() -> None:
    back = Back.at("leaving", {A: UP})
    assert HangUp(A, "USER_BUSY") in back.again


def test_a_closed_leg_is_not_looked_for() -> None:
    stage = reach("talk")
    stage.happen(LegEnded, B, "NORMAL_CLEARING")
    stage.happen(LegUnbridged, A, B)
    plan = reconcile(stage.machine, {A: UP}, {}, stage.now)
    assert [signal for signal in plan.signals if getattr(signal, "leg", None) == B] == []


# Calls we placed


def test_a_phone_that_still_rings_is_left_to_ring() -> None:
    back = Back.at("rung", {A: EARLY}, away=2.0)
    assert back.plan.signals == [Resumed(back.stage.now)]
    assert back.plan.effects == []


def test_a_phone_picked_up_meanwhile_is_served_now() -> None:
    back = Back.at("rung", {A: UP}, away=2.0)
    assert back.signals == [LegAnswered(back.stage.now, A)]
    assert [type(effect) for effect in back.resume()] == [Play]


@pytest.mark.parametrize(("away", "cause"), [(2.0, LOST_CAUSE), (LATER, "NO_ANSWER")])
def test_a_phone_that_was_not_picked_up_meanwhile_ends_the_call(away: float, cause: str) -> None:
    back = Back.at("rung", {A: None}, away=away)
    assert back.signals == [LegFailed(back.stage.now, A, cause)]
    back.resume()
    assert back.stage.machine.phase == "closed"
    assert back.stage.event("call.ended")["cause"] == cause
    assert "flow.started" not in back.stage.told()


def test_a_dial_that_never_reached_the_switch_ends_the_call() -> None:
    back = Back.at("dialled", {A: None}, away=1.0)
    assert back.again == []
    back.resume()
    assert back.stage.event("call.ended")["cause"] == LOST_CAUSE


def test_a_party_we_serve_goes_on_and_keeps_the_switch_s_own_limit() -> None:
    back = Back.at("served", {A: UP}, {1: Running()})
    assert back.signals == []
    assert back.plan.effects == [], "taking the leg would cancel its end"


def test_a_party_who_hung_up_meanwhile_ended_the_call() -> None:
    back = Back.at("served", {A: None}, {1: Running()})
    back.resume()
    ended = back.stage.event("call.ended")
    assert (ended["ended_by"], ended["tags"]) == ("callee", {"done": True})


def test_a_ring_that_was_to_be_taken_back_still_is() -> None:
    stage = reach("rung")
    stage.happen(HangupRequested)
    plan = reconcile(stage.machine, {A: EARLY}, {}, stage.now)
    assert plan.effects == [HangUp(A, "ORIGINATOR_CANCEL")]
