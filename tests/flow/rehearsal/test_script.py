import dataclasses

import pytest

from engine.flow.rehearsal import script


def test_what_was_read_does_not_change() -> None:
    for name, found in vars(script).items():
        if isinstance(found, type) and dataclasses.is_dataclass(found) and found.__module__ == script.__name__:
            assert found.__dataclass_params__.frozen, name  # type: ignore[attr-defined]
            assert "__slots__" in vars(found), name


def test_the_ordinary_needs_no_words() -> None:
    call = script.CallSetup(1.0)
    assert (call.caller, call.language, call.answered, dict(call.inputs)) == ("", "", False, {})
    assert script.Mocks().records
    with pytest.raises(dataclasses.FrozenInstanceError):
        call.at = 2.0  # type: ignore[misc]
