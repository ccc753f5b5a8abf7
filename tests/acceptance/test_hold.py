"""A caller puts the engine on hold and comes back."""

from pathlib import Path

from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import whole_story


def test_hold_and_return_are_events(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, "+442079460001", tmp_path, scenario="uac_hold.xml", pause=300) as caller:
        caller.event("call.held")
        caller.event("call.resumed")
        assert caller.ends()["ended_by"] == "engine"
    events = whole_story(engine, caller.call)
    told = [(event["type"], event["data"]["leg"]) for event in events if event["type"] in ("call.held", "call.resumed")]
    assert told == [("call.held", caller.call), ("call.resumed", caller.call)]
