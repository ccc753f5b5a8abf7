"""A caller leaves a message: what is in the file is what was said."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

from tests.acceptance.at_once import at_once
from tests.acceptance.audio import correlate, likeness, read_wav, silence, sweep
from tests.acceptance.caller import SAME, Caller, calling
from tests.acceptance.engine_process import EngineProcess, prompt_file
from tests.acceptance.ledger import whole_story

MESSAGE = "+442079460008"
BREATH = silence(0.2)
"""What a person leaves before speaking: FreeSWITCH may lose the first 20 ms of a recording."""


def recorded(caller: Caller) -> dict[str, object]:
    """What recording.saved said; there is one recording, and its events are in order."""
    events = whole_story(caller.engine, caller.call)
    told = [event for event in events if event["type"].startswith("recording.")]
    assert [event["type"] for event in told] == ["recording.started", "recording.saved"]
    assert told[0]["data"]["path"] == told[1]["data"]["path"]
    return dict(told[1]["data"])


def speaks(caller: Caller, speech: array[int]) -> None:
    """Wait for the beep's end, and say something."""
    caller.connect_media()
    caller.hears("leave_message")
    caller.event("recording.started")
    caller.ear.say(BREATH + speech)
    assert caller.ear.wait_until_said()


def ends_by_a_key(engine: EngineProcess, folder: Path) -> None:
    speech = sweep(300, 2800, 2.0)
    with calling(engine, MESSAGE, folder) as caller:
        speaks(caller, speech)
        caller.ear.press("#")
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"message": "kept"}
    saved = recorded(caller)
    heard = read_wav(Path(str(saved["path"])))
    assert likeness(heard, speech) > 0.9
    assert 1800 < int(str(saved["duration_ms"])) < 4000
    assert abs(len(heard) / 8 - int(str(saved["duration_ms"]))) < 100, "as long as the event says"
    for prompt in ("leave_message", "chosen_one"):
        assert correlate(heard, read_wav(prompt_file(engine.project, prompt))) < SAME, "the caller alone"


def ends_by_silence(engine: EngineProcess, folder: Path) -> None:
    speech = sweep(2500, 500, 1.5)
    with calling(engine, MESSAGE, folder) as caller:
        speaks(caller, speech)
        caller.hears("chosen_one", timeout=8)
        assert caller.ends()["tags"] == {"message": "kept"}
    heard = read_wav(Path(str(recorded(caller)["path"])))
    assert likeness(heard, speech) > 0.9
    assert len(heard) > len(speech) + 2 * 8000, "it ended only after a silence"


def is_too_short(engine: EngineProcess, folder: Path) -> None:
    with calling(engine, MESSAGE, folder) as caller:
        caller.connect_media()
        caller.event("recording.started")
        caller.ear.press("#")
        caller.hears("chosen_two")
        assert caller.ends()["tags"] == {"message": "short"}
    told = [event for event in whole_story(engine, caller.call) if event["type"].startswith("recording.")]
    assert [event["type"] for event in told] == ["recording.started", "recording.failed"]
    assert told[1]["data"]["reason"] == "too_short"
    assert not Path(told[1]["data"]["path"]).exists(), "nobody keeps what nobody said"


def is_hung_up_on(engine: EngineProcess, folder: Path) -> None:
    with calling(engine, MESSAGE, folder, scenario="uac_hangs_up_after.xml", pause=4500) as caller:
        speech = sweep(700, 2100, 1.5)
        speaks(caller, speech)
        assert caller.ends()["ended_by"] == "caller"
    file = Path(str(recorded(caller)["path"]))
    with wave.open(str(file), "rb") as sound:
        assert sound.getnframes() > len(speech)
    assert likeness(read_wav(file), speech) > 0.9, "who hangs up has left the message"


def test_a_message_ends_by_a_key_by_silence_or_by_a_hang_up_and_a_short_one_is_none(
    engine: EngineProcess, tmp_path: Path
) -> None:
    jobs = (ends_by_a_key, ends_by_silence, is_too_short, is_hung_up_on)
    at_once({job.__name__: lambda job=job: job(engine, tmp_path) for job in jobs})
