"""Fifty callers at once: each is heard, each has its own story."""

from collections import Counter
from pathlib import Path

from tests.acceptance.at_once import at_once
from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.ledger import no_channel_left, whole_story
from tests.acceptance.sipp import start_sipp

PLAY = "+442079460001"
CROWD, LISTENERS = 47, 3
STORY = Counter(
    [
        "call.initiated",
        "flow.started",
        "call.answered",
        "flow.finished",
        "call.tagged",
        "call.ended",
        *["flow.step"] * 4,
    ]
)
"""Answer, play, hang up, and the tag of the block that runs after the end."""


def listens(engine: EngineProcess, folder: Path) -> str:
    with calling(engine, PLAY, folder) as caller:
        caller.hears("announcement")
        assert caller.ends()["ended_by"] == "engine"
    return caller.call


def test_fifty_callers_at_once(engine: EngineProcess, tmp_path: Path) -> None:
    since = engine.mark()
    crowd = start_sipp(
        "uac_call.xml", tmp_path / "crowd", remote=engine.switch.trunk, service=PLAY, calls=CROWD, rate=100
    )
    heard = at_once({f"listener {n}": lambda: listens(engine, tmp_path) for n in range(LISTENERS)})
    ended = crowd.wait()
    assert ended.succeeded, ended.log
    assert ended.stats["SuccessfulCall"] == CROWD

    def calls() -> set[str]:
        return {event["call"] for event in engine.events()[since:] if event["type"] == "call.ended"}

    assert until(lambda: len(calls()) >= CROWD + LISTENERS, 10.0), len(calls())
    assert len(calls()) == CROWD + LISTENERS
    assert set(heard.values()) <= calls()
    for call in calls():
        assert Counter(event["type"] for event in whole_story(engine, call)) == STORY
    no_channel_left(engine.switch)
