"""Signals: plain data, each of which says when it happened."""

from dataclasses import fields, is_dataclass
from typing import get_args

import pytest

from engine.core.signals import Answer, Signal


@pytest.mark.parametrize("cls", get_args(Signal), ids=lambda cls: cls.__name__)
def test_every_signal_says_first_when_it_happened(cls: type) -> None:
    assert is_dataclass(cls)
    assert fields(cls)[0].name == "at"


@pytest.mark.parametrize("cls", [*get_args(Signal), *get_args(Answer)], ids=lambda cls: cls.__name__)
def test_signals_and_answers_are_small_and_compare_by_what_they_say(cls: type) -> None:
    assert "__slots__" in vars(cls)
    assert cls.__dataclass_params__.eq  # type: ignore[attr-defined]


def test_no_two_of_them_share_a_name() -> None:
    names = [cls.__name__ for cls in (*get_args(Signal), *get_args(Answer))]
    assert len(set(names)) == len(names)  # the journal tells them apart by it
