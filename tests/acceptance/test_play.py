"""Answered, a prompt heard, hung up: the thinnest whole path."""

from pathlib import Path

from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess


def test_what_the_caller_hears_is_the_prompt(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, "+442079460001", tmp_path) as caller:
        caller.hears("announcement")
        ended = caller.ends()
        assert not caller.heard("goodbye_wrong")
    assert ended["ended_by"] == "engine"
    assert ended["tags"] == {"wrapped": "yes"}
    events = engine.of(caller.call)
    assert [event["n"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].count("call.ended") == 1
    assert {"call.initiated", "call.answered", "flow.started", "flow.step", "flow.finished"} <= {
        event["type"] for event in events
    }


def test_a_caller_who_hangs_up_in_the_prompt_ends_the_call(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, "+442079460001", tmp_path, scenario="uac_hangs_up_after.xml", pause=700) as caller:
        ended = caller.ends()
    assert ended["ended_by"] == "caller"
    assert ended["cause"] == "NORMAL_CLEARING"
    assert ended["tags"] == {"wrapped": "yes"}
