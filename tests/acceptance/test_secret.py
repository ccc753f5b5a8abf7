"""A PIN reaches the flow and nobody else."""

import json
import re
from pathlib import Path

from tests.acceptance.at_once import at_once
from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.ledger import whole_story

SECRET = "+442079460004"
RIGHT, WRONG = "7391", "8642"
_IDS_AND_TIMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d\d:\d\d:\d\d\.\d+|\d{9,}[\d.]*")


def shows(text: str, pin: str) -> bool:
    """Whether a PIN is in a text, other than by chance in a random number or a time."""
    return re.search(rf"(?<!\d){pin}(?!\d)", _IDS_AND_TIMES.sub("", text)) is not None


def enters(engine: EngineProcess, folder: Path, pin: str) -> str:
    """The id of a call in which a PIN was entered, and the answer to it heard; events tell of it without the keys."""
    with engine.switch.connect() as listener, calling(engine, SECRET, folder) as caller:
        listener.subscribe("CHANNEL_HANGUP_COMPLETE")
        caller.connect_media()
        caller.hears("enter_account")
        caller.ear.press(pin)
        caller.hears("chosen_one" if pin == RIGHT else "chosen_two")
        assert caller.ends()["tags"] == {"pin": "right" if pin == RIGHT else "wrong"}
        over = listener.wait_event("CHANNEL_HANGUP_COMPLETE", lambda event: event["Unique-ID"] == caller.call)
    left = {name: value for name, value in over.items() if name.startswith("variable_sb_secret")}
    assert not left, "the switch forgot it"
    events = whole_story(engine, caller.call)
    (input_,) = [event["data"] for event in events if event["type"] == "flow.input"]
    assert input_["outcome"] == "ok"
    assert "digits" not in input_
    assert not [event for event in events if event["type"] == "call.dtmf"]
    assert not shows(json.dumps(events), pin)
    return caller.call


def test_a_masked_pin_is_nowhere_but_in_the_flow(engine: EngineProcess, tmp_path: Path) -> None:
    logged, switch_logged = engine.log.stat().st_size, engine.switch.log_file.stat().st_size
    calls = at_once({pin: lambda pin=pin: enters(engine, tmp_path, pin) for pin in (RIGHT, WRONG)})
    stream = [fields[b"event"].decode() for _, fields in engine.redis.xrange("sb:{s00}:events")]
    switch_log = engine.switch.log_file.read_bytes()[switch_logged:].decode(errors="replace")
    for pin, call in calls.items():
        ours = "".join(event for event in stream if call in event)
        assert "call.ended" in ours
        assert not shows(ours, pin)
        assert not shows(engine.text(logged).decode(errors="replace"), pin)
        assert not shows(switch_log, pin)
        # What a successor would need to go on holds the keys too; it is kept for a while only.
        kept = [key for key in engine.redis.keys("sb:*") if call.encode() in key]
        assert kept
        assert until(lambda kept=kept: all(engine.redis.ttl(key) != -1 for key in kept), 5.0), kept
    assert "RECV DTMF" not in switch_log, "the switch's log shows the keys one by one"
