"""How a step talks to its call: it does through its hands, and yields when it waits."""

import pytest

from engine.call.desk import Desk
from engine.core.effects import Play, StopPlay
from engine.core.ids import AskId, CallId, LegId
from engine.core.signals import Played
from engine.core.steps import Done, Hands, Step, Wait

A = LegId("c1")


def step(hands: Hands) -> Step[str]:
    ask = hands.start(Play(A, ()))
    happened = yield Wait(5.0, asks=(ask,))
    hands.do(StopPlay(A))
    hands.tell("flow.event", {"name": hands.new_leg()})
    hands.flush()
    return happened.answer.status if isinstance(happened, Done) and isinstance(happened.answer, Played) else ""


def test_a_step_yields_its_waits_and_nothing_else() -> None:
    desk = Desk(CallId("c1"), "acme")
    running = step(desk)
    assert next(running) == Wait(5.0, asks=(AskId(1),))
    with pytest.raises(StopIteration, match="done"):
        running.send(Done(AskId(1), Played("done")))
    assert [type(effect) for effect in desk.outcome.effects] == [Play, StopPlay]
    assert [event.type for event in desk.outcome.events] == ["flow.event"]
