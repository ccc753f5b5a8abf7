"""A PIN reaches the flow and nobody else."""

import json
import re
from pathlib import Path

from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.ledger import whole_story

SECRET = "+442079460004"
PIN = "7391"


def test_a_masked_pin_is_nowhere_but_in_the_flow(engine: EngineProcess, tmp_path: Path) -> None:
    logged, switch_logged = engine.log.stat().st_size, engine.switch.log_file.stat().st_size
    with engine.switch.connect() as listener, calling(engine, SECRET, tmp_path) as caller:
        listener.subscribe("ALL")
        caller.connect_media()
        caller.hears("enter_account")
        caller.ear.press(PIN)
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"pin": "right"}
        over = listener.wait_event("CHANNEL_HANGUP_COMPLETE", lambda event: event["Unique-ID"] == caller.call)
    events = whole_story(engine, caller.call)
    (input_,) = [event["data"] for event in events if event["type"] == "flow.input"]
    assert input_["outcome"] == "ok"
    assert "digits" not in input_
    assert not [event for event in events if event["type"] == "call.dtmf"]
    assert PIN not in json.dumps(events)
    assert PIN.encode() not in b"".join(fields[b"event"] for _, fields in engine.redis.xrange("sb:{s00}:events"))
    assert PIN not in engine.text(logged).decode(errors="replace")
    assert PIN not in json.dumps([value for name, value in over.items() if "sb_secret" in name]), "the switch forgot it"
    switch_log = engine.switch.log_file.read_bytes()[switch_logged:].decode(errors="replace")
    assert PIN not in re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d\d:\d\d:\d\d\.\d+", "", switch_log)
    assert not re.findall(r"RECV DTMF|RTP RECV DTMF", switch_log), "the switch's log shows the keys one by one"


def test_a_wrong_pin_is_wrong_and_as_secret(engine: EngineProcess, tmp_path: Path) -> None:
    logged = engine.log.stat().st_size
    with calling(engine, SECRET, tmp_path) as caller:
        caller.connect_media()
        caller.hears("enter_account")
        caller.ear.press("8642")
        caller.hears("chosen_two")
        assert caller.ends()["tags"] == {"pin": "wrong"}
    assert "8642" not in json.dumps(whole_story(engine, caller.call))
    assert "8642" not in engine.text(logged).decode(errors="replace")


def test_the_memory_of_a_call_that_is_over_fades(engine: EngineProcess, tmp_path: Path) -> None:
    """What a successor would need to go on holds the keys too; it is kept for a while only."""
    with calling(engine, SECRET, tmp_path) as caller:
        caller.connect_media()
        caller.in_step("collect")
        caller.ear.press(PIN)
        caller.ends()
        call = caller.call
    kept = [key for key in engine.redis.keys("sb:*") if call.encode() in key]
    assert kept
    assert until(lambda: all(engine.redis.ttl(key) != -1 for key in kept), 5.0), "nothing of it is kept for ever"
