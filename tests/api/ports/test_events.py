"""What readers of events are told apart by."""

import pytest

from engine.api.ports.events import Resync, Told, TooManyReadersError
from engine.core.errors import EngineError


def test_what_is_told_cannot_be_changed_by_one_of_its_readers() -> None:
    for told in (Told("1-0", "call.ended", b"{}"), Resync("1-0", "", over=True)):
        with pytest.raises(AttributeError):
            told.position = "2-0"  # type: ignore[misc]


def test_a_full_house_is_an_expected_refusal() -> None:
    assert issubclass(TooManyReadersError, EngineError)
