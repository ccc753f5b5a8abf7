"""A caller who gives up before the call is answered."""

from pathlib import Path

from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import no_channel_left, whole_story

UNANSWERED = "+442079460011"


def test_a_caller_cancels_before_the_answer(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(
        engine, UNANSWERED, tmp_path, scenario="uac_cancel.xml", pause=600, blanks={"pause": 600}
    ) as caller:  # fmt: skip
        ended = caller.ends()
    assert (ended["ended_by"], ended["cause"]) == ("caller", "ORIGINATOR_CANCEL")
    assert ended["answered_ms"] == 0
    types = [event["type"] for event in whole_story(engine, caller.call)]
    assert "call.answered" not in types
    no_channel_left(engine.switch)
