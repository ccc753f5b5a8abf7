"""A leg's states: a table, and whatever happens, an end is an end."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.leg import TRANSITIONS, Happening, Leg, State
from engine.core.ids import LegId

HAPPENINGS: tuple[Happening, ...] = get_args(Happening)
STATES: tuple[State, ...] = get_args(State)


def leg(*, dialled: bool = False) -> Leg:
    return Leg(LegId("a"), dialled=dialled)


@pytest.mark.parametrize(
    ("dialled", "happened", "states"),
    [
        (False, ["answered", "bridged", "unbridged", "bridged", "ended"],
         ["answered", "bridged", "answered", "bridged", "ended"]),
        (False, ["ended"], ["ended"]),
        (True, ["rang", "answered", "bridged", "ended"], ["ringing", "answered", "bridged", "ended"]),
        (True, ["answered", "ended"], ["answered", "ended"]),
        (True, ["rang", "ended"], ["ringing", "ended"]),
    ],
)  # fmt: skip
def test_the_lives_of_legs(dialled: bool, happened: list[Happening], states: list[State]) -> None:
    one = leg(dialled=dialled)
    assert one.state == ("dialled" if dialled else "arrived")
    for happening, state in zip(happened, states, strict=True):
        assert one.move(happening)
        assert one.state == state


def test_the_table_names_every_state_and_only_happenings() -> None:
    assert set(TRANSITIONS) == set(STATES)
    for moves in TRANSITIONS.values():
        assert set(moves) <= set(HAPPENINGS)
        assert set(moves.values()) <= set(STATES)
    assert all(moves.get("ended") == "ended" for state, moves in TRANSITIONS.items() if state != "ended")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_what_is_not_in_the_table_tells_nothing_new(state: State, happening: Happening) -> None:
    one = leg()
    one.state = state
    assert one.move(happening) == (happening in TRANSITIONS[state])
    assert one.state == TRANSITIONS[state].get(happening, state)


@given(st.booleans(), st.lists(st.sampled_from(HAPPENINGS)))
def test_whatever_happens_an_end_is_an_end(dialled: bool, happened: list[Happening]) -> None:
    one = leg(dialled=dialled)
    ends = 0
    for happening in happened:
        moved = one.move(happening)
        assert not (moved and ends)
        ends += moved and happening == "ended"
        assert one.live == (not ends)
    assert ends == ("ended" in happened)
