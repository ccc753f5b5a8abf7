"""What must be true of the events of any call, and of the switch after it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.switch_under_test import SwitchUnderTest


def whole_story(engine: EngineProcess, call: str) -> list[dict[str, Any]]:
    """The events of an ended call, after a look that they are whole: no gap or repeat in the numbers, one end, last."""
    events = engine.of(call)
    types = [event["type"] for event in events]
    assert [event["n"] for event in events] == list(range(1, len(events) + 1)), types
    assert [event["id"] for event in events] == [f"evt_{call}_{event['n']}" for event in events]
    assert types.count("call.initiated") == 1, types
    assert types.count("call.ended") == 1, types
    assert types[-1] == "call.ended", types
    answered = Counter(event["data"]["leg"] for event in events if event["type"] == "call.answered")
    assert all(count == 1 for count in answered.values()), types
    return events


def no_channel_left(switch: SwitchUnderTest, timeout: float = 10.0) -> None:
    """Wait until the switch has no channel any more."""
    with switch.connect() as connection:
        assert until(lambda: "0 total" in connection.api("show channels"), timeout), connection.api("show channels")
