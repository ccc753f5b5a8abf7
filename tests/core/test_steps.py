"""How a step talks to its call: requests out, replies in."""

from collections.abc import Generator
from typing import Any

from engine.core.effects import Play
from engine.core.ids import AskId, LegId
from engine.core.signals import Played
from engine.core.steps import Done, NewLeg, Start, TimedOut, Wait, new_leg, start, wait


def replies(generator: Generator[Any, Any, Any], *given: object) -> tuple[list[object], object]:
    """The requests of a generator that is sent these replies, and what it returned."""
    requests = [next(generator)]
    try:
        for reply in given:
            request = generator.send(reply)
            requests.append(request)
    except StopIteration as stop:
        return requests, stop.value
    raise AssertionError(f"still asking: {requests[-1]}")


def test_an_ask_returns_its_number() -> None:
    play = Play(LegId("a"), ())
    assert replies(start(play), AskId(3)) == ([Start(play)], 3)


def test_a_wait_returns_what_happened() -> None:
    request = Wait(5.0, asks=(AskId(3),))
    assert replies(wait(request), Done(AskId(3), Played("done"))) == ([request], Done(AskId(3), Played("done")))
    assert replies(wait(request), TimedOut()) == ([request], TimedOut())


def test_a_leg_is_reserved_before_it_is_dialled() -> None:
    assert replies(new_leg(), LegId("b")) == ([NewLeg()], "b")
