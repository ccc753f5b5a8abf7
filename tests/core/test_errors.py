"""Errors say who must act."""

import inspect

import pytest

from engine.core import errors
from engine.core.errors import (
    CommandTimeoutError,
    EngineError,
    FlowError,
    NotSentError,
    SwitchError,
    UnconfirmedError,
    UnsafeTextError,
)

ALL = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_every_error_can_be_caught_as_one_of_ours_and_says_who_must_act(cls: type[Exception]) -> None:
    assert issubclass(cls, EngineError)
    assert cls.__doc__


def test_a_flow_error_has_the_name_a_flow_catches() -> None:
    error = FlowError("expr.undefined", "there is no variable agnet")
    assert (error.name, error.message, str(error)) == (
        "expr.undefined", "there is no variable agnet", "there is no variable agnet",
    )  # fmt: skip


def test_not_sent_and_unconfirmed_are_never_taken_for_each_other() -> None:
    assert not issubclass(NotSentError, UnconfirmedError)
    assert not issubclass(UnconfirmedError, NotSentError)
    assert issubclass(CommandTimeoutError, UnconfirmedError)
    assert all(issubclass(cls, SwitchError) for cls in (NotSentError, UnconfirmedError, UnsafeTextError))
