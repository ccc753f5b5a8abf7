"""CallEvents: the public record."""

import re

from engine.core.events import EVENT_TYPES, CallEvent
from engine.core.ids import CallId


def test_the_id_is_made_of_the_call_and_its_number_alone() -> None:
    one = CallEvent(CallId("c1"), 7, "call.tagged", 1.0, "default", {"tags": {}})
    again = CallEvent(CallId("c1"), 7, "call.tagged", 2.0, "default", {"tags": {"a": 1}})
    assert one.id == again.id == "evt_c1_7"


def test_every_type_is_named_in_one_way_and_explained() -> None:
    for name, meaning in EVENT_TYPES.items():
        assert re.fullmatch(r"(call|flow|recording)\.[a-z]+|events\.lost", name), name
        assert re.fullmatch(r"[A-Z].*\.", meaning), name
