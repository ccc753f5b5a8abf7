"""A script: requests are served until the step waits, and a wait ends with the first thing it waited for."""

from math import inf

from engine.call.desk import Desk
from engine.call.leg import Leg
from engine.call.script import Script
from engine.core.effects import Play
from engine.core.ids import AskId, CallId, LegId
from engine.core.signals import Played
from engine.core.steps import Digit, Done, Happened, Step, TimedOut, Wait

A = LegId("c1")


def desk(at: float = 10.0) -> Desk:
    made = Desk(CallId("c1"), "acme")
    made.legs[A] = Leg(A, dialled=False)
    made.at = at
    return made


def play_then_key(desk: Desk) -> Step[list[Happened]]:
    ask = desk.start(Play(A, ()))
    first = yield Wait(3.0, asks=(ask,))
    desk.tell("flow.event", {"name": "between"})
    second = yield Wait(5.0, digits="take")
    return [first, second]


def test_a_script_runs_to_its_first_wait_and_says_when_that_is_over() -> None:
    one = desk()
    script = Script(play_then_key(one), one)
    assert not script.advance(None)
    assert script.wait == Wait(3.0, asks=(AskId(1),))
    assert script.due == 13.0
    assert script.match() is None
    assert [type(effect) for effect in one.outcome.effects] == [Play]


def test_it_goes_on_with_what_happened_until_it_returns() -> None:
    one = desk()
    script = Script(play_then_key(one), one)
    script.advance(None)
    one.at = 12.0
    one.waiting.answer(AskId(1), Played("done"))
    happened = script.match()
    assert happened == Done(AskId(1), Played("done"))
    assert not script.advance(happened)
    assert script.due == 17.0
    one.waiting.press(A, "4")
    assert script.advance(script.match())
    assert script.result == [Done(AskId(1), Played("done")), Digit("4")]
    assert (script.wait, script.due, script.match()) == (None, inf, None)


def test_a_wait_for_keys_begins_anew_when_nobody_listened_and_no_other_does() -> None:
    one = desk()
    script = Script(play_then_key(one), one)
    script.advance(None)
    one.at = 12.0
    assert script.listen_anew() == 13.0
    script.advance(Done(AskId(1), Played("done")))
    one.at = 16.0
    assert script.listen_anew() == script.due == 21.0


def test_what_is_already_there_is_not_waited_for() -> None:
    one = desk()
    one.waiting.press(A, "1")
    one.waiting.press(A, "2")

    def two_keys() -> Step[str]:
        keys = ""
        for _ in range(2):
            happened = yield Wait(5.0, digits="take")
            assert isinstance(happened, Digit)
            keys += happened.digit
        return keys

    script = Script(two_keys(), one)
    assert script.advance(None)
    assert script.result == "12"


def test_a_wait_of_no_time_only_looks() -> None:
    def look() -> Step[Happened]:
        return (yield Wait(0.0, digits="take"))

    script = Script(look(), desk())
    assert script.advance(None)
    assert script.result == TimedOut()


def test_time_that_is_over_is_told() -> None:
    one = desk()
    script = Script(play_then_key(one), one)
    script.advance(None)
    assert script.timed_out() == TimedOut()
    assert not script.advance(script.timed_out())
    assert script.wait == Wait(5.0, digits="take")


def test_only_keys_pressed_since_the_wait_began_are_fresh() -> None:
    one = desk()
    one.waiting.press(A, "1")

    def barge() -> Step[Happened]:
        return (yield Wait(5.0, digits="fresh"))

    script = Script(barge(), one)
    assert not script.advance(None)
    one.waiting.press(A, "2")
    assert script.match() == Digit("2")


def test_a_script_that_is_closed_cleans_up() -> None:
    tidied: list[str] = []

    def holds() -> Step[None]:
        try:
            yield Wait(5.0)
        finally:
            tidied.append("yes")

    script = Script(holds(), desk())
    script.advance(None)
    script.close()
    assert tidied == ["yes"]
