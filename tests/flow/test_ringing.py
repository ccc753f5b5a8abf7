"""Ringing by itself: `tests/flow/kinds/test_transfer.py` shows it from the author's side."""

from engine.core.effects import Dial, HangUp, Play, StopPlay
from engine.core.ids import AskId, new_leg_id
from engine.core.prompts import Speech
from engine.core.signals import Played
from engine.core.steps import Digit, Done
from tests.flow.playbook import CALL, Run, run_steps

LEGS = [new_leg_id(CALL, number) for number in range(4)]


def ringing(fields: str) -> Run:
    return run_steps(f"- transfer: {{to: [user/a, user/b, user/c], {fields}}}")


def sounds_on(call: Run, number: int) -> list[AskId]:
    return [ask for ask, begun in call.asks.items() if isinstance(begun, Play) and begun.leg == LEGS[number]]


def test_all_ring_at_once_and_losers_are_let_go() -> None:
    call = ringing("strategy: all_at_once").leg("ringing", 1).leg("answered", 3)
    assert [effect for effect in call.effects if isinstance(effect, HangUp)] == [
        HangUp(LEGS[1], "LOSE_RACE"),
        HangUp(LEGS[2], "LOSE_RACE"),
    ]


def test_a_leg_nobody_says_has_ended_is_ended_and_the_next_is_rung() -> None:
    call = ringing("timeout: 20s")
    assert call.wait is not None
    assert call.wait.timeout == 23.0
    call.time_out()
    assert call.effects[-2] == HangUp(LEGS[1], "ORIGINATOR_CANCEL")
    assert isinstance(call.effects[-1], Dial)
    assert call.effects[-1].leg == LEGS[2]


def test_a_ring_back_prompt_is_played_over_and_over() -> None:
    call = ringing("ringback: hold on").done(Played("done"), ask=1)
    assert len(call.asks) == 2
    assert call.asks[AskId(2)] == call.asks[AskId(1)]
    call.done(Played("failed"), ask=2)
    assert len(call.asks) == 2  # what cannot be played is not tried again


def test_two_who_pick_up_are_asked_both_and_the_first_key_wins() -> None:
    call = ringing("strategy: all_at_once, whisper: take it, accept_key: '1'")
    call.leg("answered", 1).leg("answered", 2)
    assert call.asks[sounds_on(call, 2)[0]] == Play(LEGS[2], (Speech("take it", "en"),), interruptible=True)
    assert call.wait is not None
    assert (call.wait.timeout, call.wait.digits_of) == (0, LEGS[1])  # first a look at the keys of both
    call.time_out()
    assert call.wait is not None
    assert call.wait.digits_of == LEGS[2]
    call.digit("1")
    assert StopPlay(LEGS[2]) in call.effects
    assert [effect.leg for effect in call.effects if isinstance(effect, HangUp)] == [LEGS[1], LEGS[3]]


def test_several_who_picked_up_are_looked_at_every_second() -> None:
    call = ringing("strategy: all_at_once, accept_key: '1'").leg("answered", 1).leg("answered", 2)
    call.time_out().time_out()
    assert call.wait is not None
    assert (call.wait.timeout, call.wait.digits_of) == (1.0, LEGS[1])


def test_who_does_not_take_the_call_in_time_is_let_go() -> None:
    call = ringing("accept_key: '1'").leg("answered", 1)
    assert call.wait is not None
    assert call.wait.timeout == 10.0
    call.digit("5").time_out()
    assert HangUp(LEGS[1], "NORMAL_CLEARING") in call.effects
    call.leg("failed", 2, "USER_BUSY").leg("failed", 3, "USER_BUSY").done(Played("interrupted"), ask=1)
    assert call.tells[0][1]["result"] == "busy"


def test_the_time_to_take_the_call_begins_after_the_whisper() -> None:
    call = ringing("whisper: take it, accept_key: '1'").leg("answered", 1)
    assert call.wait is not None
    assert call.wait.timeout == 600.0
    call.send(Done(sounds_on(call, 1)[0], Played("done")))
    assert call.wait.timeout == 10.0
    call.send(Digit("1"))
    assert not any(effect == StopPlay(LEGS[1]) for effect in call.effects)


def test_who_hangs_up_before_taking_the_call_did_not_answer() -> None:
    call = run_steps("- transfer: {to: user/a, accept_key: '1'}").leg("answered").leg("ended", cause="NORMAL_CLEARING")
    call.done(Played("interrupted"), ask=1)
    assert call.tells[0][1]["result"] == "no_answer"


def test_a_whisper_that_cannot_be_played_does_not_lose_the_call() -> None:
    call = run_steps("- transfer: {to: user/a, whisper: hello}").leg("answered").done(Played("missing"))
    assert any(type(effect).__name__ == "BridgeLegs" for effect in call.effects)
