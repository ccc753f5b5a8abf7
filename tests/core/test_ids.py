"""Ids: legs of a replayed call get the same ones, labels of asks go out and come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.ids import AskId, CallId, ask_label, new_leg_id, parse_ask_label

CALL = CallId("4990ca92-a3de-4111-b419-87ceaf4f9c90")


def test_the_same_leg_of_the_same_call_has_the_same_id_and_no_other_has() -> None:
    ids = [new_leg_id(call, number) for call in (CALL, CallId("other")) for number in range(1, 20)]
    assert len(set(ids)) == len(ids)
    assert new_leg_id(CALL, 3) == ids[2]


def test_the_ids_of_legs_never_change_between_versions() -> None:
    # A successor of another version replays the journal: its legs must be the ones that ring now.
    assert new_leg_id(CALL, 1) == "f9c8c8e2-2bcd-5d07-bd1a-97ffef4be23c"


@given(st.from_regex(r"[A-Za-z0-9.-]{1,64}", fullmatch=True), st.integers(0, 999_999_999))
def test_a_label_names_its_call_and_ask(call: str, ask: int) -> None:
    assert parse_ask_label(ask_label(CallId(call), AskId(ask))) == (call, ask)


@pytest.mark.parametrize("label", ["", "x", "call:", "call:one", "call:-1", "call:1.0", "call:²", "call:" + "9" * 5000])
def test_a_label_of_somebody_else_names_nothing(label: str) -> None:
    assert parse_ask_label(label) is None


@given(st.text())
def test_no_text_is_too_odd_to_be_looked_at(label: str) -> None:
    found = parse_ask_label(label)
    assert found is None or found[1] >= 0
