"""Callers the dial plan has nothing for, and callers it refuses."""

from pathlib import Path

from tests.acceptance.audio import read_wav
from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import whole_story


def test_a_number_nobody_claimed_gets_a_polite_word_and_an_event(engine: EngineProcess, tmp_path: Path) -> None:
    number = "+442079469999"
    blanks = {"code": 404}
    with calling(engine, number, tmp_path, scenario="uac_expects_reject.xml", blanks=blanks) as caller:
        unrouted = caller.event("call.unrouted")["data"]
        ended = caller.ends()
        spoken = [read_wav(file) for file in (engine.folder / "state" / "prompts").rglob("*.wav")]
        longest = max(spoken, key=len)
        assert len(longest) > 3 * 8000, "a whole sentence was rendered"
        caller.hears_sound(longest, "the polite word", timeout=1)
    assert unrouted == {"called": number, "caller": caller.number}
    assert (ended["cause"], ended["ended_by"], ended["answered_ms"]) == ("UNALLOCATED_NUMBER", "engine", 0)
    started = [event["data"] for event in whole_story(engine, caller.call) if event["type"] == "flow.started"]
    assert [flow["flow"] for flow in started] == ["unclaimed"]


def test_a_refused_caller_is_never_answered(engine: EngineProcess, tmp_path: Path) -> None:
    blanks = {"code": 486}
    with calling(engine, "+442079460010", tmp_path, scenario="uac_expects_reject.xml", blanks=blanks) as caller:
        ended = caller.ends()
    assert (ended["cause"], ended["ended_by"], ended["answered_ms"]) == ("USER_BUSY", "engine", 0)
    types = [event["type"] for event in whole_story(engine, caller.call)]
    assert "call.answered" not in types
    assert not caller.ear.packets
