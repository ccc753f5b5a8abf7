"""Effects: plain data; those that are answered carry the number of their ask."""

from dataclasses import fields
from typing import get_args

import pytest

from engine.core.effects import NO_ASK, Ask, Effect


@pytest.mark.parametrize("cls", get_args(Effect), ids=lambda cls: cls.__name__)
def test_exactly_the_asks_have_a_number_and_begin_without_one(cls: type) -> None:
    numbered = {field.name: field.default for field in fields(cls)}
    assert ("ask" in numbered) == (cls in get_args(Ask))
    assert numbered.get("ask", NO_ASK) == NO_ASK


def test_every_ask_is_an_effect() -> None:
    assert set(get_args(Ask)) <= set(get_args(Effect))
