"""Errors say who must act."""

import inspect

import pytest

from engine.core import errors
from engine.core.errors import (
    CONTROL_FAULTS,
    CommandTimeoutError,
    ControlError,
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


def test_an_order_that_was_not_carried_out_says_why() -> None:
    assert (ControlError("no such option").fault, ControlError("x").retry_after) == ("invalid", 0.0)
    refused = ControlError("too many calls at once", "limit_reached", 2.5)
    assert (str(refused), refused.fault, refused.retry_after) == ("too many calls at once", "limit_reached", 2.5)
    assert refused.fault in CONTROL_FAULTS
