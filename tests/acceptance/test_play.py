"""Answered, a prompt heard, hung up: the thinnest whole path."""

import re
from pathlib import Path

from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.rtp_ear import PCMA


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


def test_a_caller_with_a_law_hears_it_and_is_heard(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, "+442079460002", tmp_path, payload_type=PCMA) as caller:
        caller.hears("main_menu")
        caller.ear.press("1")
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"choice": "1", "wrapped": "yes"}
    assert re.search(r"SIP/2.0 200[\s\S]*?m=audio \d+ RTP/AVP 8 ", caller.sipp.messages()), "the answer is A-law"


def test_a_caller_who_hangs_up_in_the_prompt_ends_the_call(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, "+442079460001", tmp_path, scenario="uac_hangs_up_after.xml", pause=700) as caller:
        ended = caller.ends()
    assert ended["ended_by"] == "caller"
    assert ended["cause"] == "NORMAL_CLEARING"
    assert ended["tags"] == {"wrapped": "yes"}
