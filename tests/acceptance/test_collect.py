"""Digits keyed by a caller: every way an entry can end."""

from pathlib import Path
from typing import Any

from tests.acceptance.at_once import at_once
from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import whole_story

COLLECT = "+442079460003"


def entered(engine: EngineProcess, folder: Path, keys: str) -> tuple[object, dict[str, Any]]:
    """The tags of a call in which these keys were pressed, and what flow.input said."""
    with calling(engine, COLLECT, folder) as caller:
        caller.connect_media()
        caller.in_step("collect")
        caller.ear.press(keys)
        ended = caller.ends()
        caller.hears("chosen_one", timeout=1)
        if not keys:
            assert caller.heard("enter_account"), "without a key the prompt is heard to its end"
    (input_,) = [event["data"] for event in whole_story(engine, caller.call) if event["type"] == "flow.input"]
    return ended["tags"], {name: input_.get(name) for name in ("outcome", "digits")}


def test_every_end_of_an_entry_has_its_own_way(engine: EngineProcess, tmp_path: Path) -> None:
    pressed = {
        "terminator": "12345#", "length": "123456", "pause": "1234", "too short": "12", "too short, ended": "12#",
        "empty": "#", "silence": "", "pattern": "01234#",
    }  # fmt: skip
    found = at_once({name: lambda keys=keys: entered(engine, tmp_path, keys) for name, keys in pressed.items()})
    assert found == {
        "terminator": ({"outcome": "ok", "account": "12345"}, {"outcome": "ok", "digits": "12345"}),
        "length": ({"outcome": "ok", "account": "123456"}, {"outcome": "ok", "digits": "123456"}),
        "pause": ({"outcome": "ok", "account": "1234"}, {"outcome": "ok", "digits": "1234"}),
        "too short": ({"outcome": "too_short"}, {"outcome": "too_short", "digits": "12"}),
        "too short, ended": ({"outcome": "too_short"}, {"outcome": "too_short", "digits": "12"}),
        "empty": ({"outcome": "empty"}, {"outcome": "empty", "digits": ""}),
        "silence": ({"outcome": "no_input"}, {"outcome": "no_input", "digits": ""}),
        "pattern": ({"outcome": "invalid"}, {"outcome": "invalid", "digits": "01234"}),
    }
