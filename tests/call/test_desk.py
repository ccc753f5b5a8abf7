"""The desk: numbers without gaps, the same for the same requests, and a memory of what is under way."""

from engine.call.desk import Desk
from engine.call.leg import Leg
from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    Dial,
    HangUp,
    Play,
    RegisteredUser,
    SetMasked,
    StartRecording,
)
from engine.core.events import CallEvent
from engine.core.ids import AskId, CallId, LegId, new_leg_id
from engine.core.steps import Digit, Wait

CALL = CallId("c1")
A, B = LegId("c1"), new_leg_id(CALL, 1)
RECORD = StartRecording(A, "/rec/1.wav")


def desk() -> Desk:
    made = Desk(CALL, "acme")
    made.legs[A] = Leg(A, dialled=False)
    made.at = 7.5
    return made


def test_asks_are_numbered_in_order_and_pending_until_answered() -> None:
    one = desk()
    assert [one.start(Play(A, ())), one.start(RECORD), one.start(Play(A, ()))] == [1, 2, 3]
    assert list(one.pending) == [1, 2, 3]
    assert one.outcome.effects == [Play(A, (), ask=AskId(1)), StartRecording(A, "/rec/1.wav", ask=AskId(2)),
                                   Play(A, (), ask=AskId(3))]  # fmt: skip
    assert one.recordings.open == 1


def test_events_are_numbered_apart_from_asks_and_carry_call_time_and_tenant() -> None:
    one = desk()
    one.start(Play(A, ()))
    one.tell("call.tagged", {"tags": {}})
    one.tell("flow.event", {"name": "x"})
    assert one.outcome.events == [
        CallEvent(CALL, 1, "call.tagged", 7.5, "acme", {"tags": {}}),
        CallEvent(CALL, 2, "flow.event", 7.5, "acme", {"name": "x"}),
    ]


def test_legs_are_reserved_under_ids_that_a_replay_repeats() -> None:
    assert [desk().new_leg() for _ in range(2)] == [B, B]
    one = desk()
    assert [one.new_leg(), one.new_leg()] == [B, new_leg_id(CALL, 2)]
    assert list(one.legs) == [A], "a reserved leg is no leg before it is dialled"


def test_a_dialled_leg_is_known_from_then_on() -> None:
    one = desk()
    dial = Dial(B, RegisteredUser("alice"), 20)
    one.do(dial)
    assert one.legs[B].dialled
    assert one.legs[B].state == "dialled"
    assert one.outcome.effects == [dial]


def test_what_was_asked_of_a_leg_and_not_yet_confirmed_is_remembered() -> None:
    one = desk()
    one.do(AnswerLeg(A))
    one.do(BridgeLegs(A, B))
    assert one.legs[A].answer_asked == AnswerLeg(A)
    assert one.legs[A].bridge_asked == BridgeLegs(A, B)


def test_a_mask_is_remembered_with_its_recording() -> None:
    one = desk()
    one.start(RECORD)
    one.do(SetMasked(A, "/rec/1.wav", True))
    assert one.recordings.unmasking() == [SetMasked(A, "/rec/1.wav", False)]


def test_a_flush_forgets_the_keys_of_the_caller() -> None:
    one = desk()
    one.waiting.press(A, "1")
    one.waiting.press(B, "2")
    one.flush()
    assert one.waiting.match(Wait(1, digits="take"), A) is None
    assert one.waiting.match(Wait(1, digits="take", digits_of=B), A) == Digit("2")


def test_an_ask_begun_again_is_another() -> None:
    one = desk()
    again = Play(A, ())
    assert [one.start(again), one.start(again)] == [1, 2]
    assert one.outcome.effects == [Play(A, (), ask=AskId(1)), Play(A, (), ask=AskId(2))]


def test_the_same_requests_give_the_same_numbers_and_effects() -> None:
    def story(one: Desk) -> list[object]:
        leg = one.new_leg()
        one.do(Dial(leg, RegisteredUser("alice"), 20))
        recording = one.start(StartRecording(A, "/rec/1.wav"))
        one.tell("flow.event", {})
        one.do(HangUp(leg))
        return [leg, recording, one.new_leg(), one.start(Play(A, ()))]

    first, second = desk(), desk()
    assert story(first) == story(second)
    assert first.outcome == second.outcome
