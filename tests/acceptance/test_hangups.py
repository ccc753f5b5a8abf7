"""A caller may hang up at any moment: the call ends once, its story is whole, nothing is left on the switch."""

from pathlib import Path

from tests.acceptance.caller import Caller
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import no_channel_left, whole_story
from tests.acceptance.phone import hang_up, registered_phone, told_caller

STAIRS = "+442079460025"
MENU = "+442079460002"
COLLECT = "+442079460003"
SECRET = "+442079460004"
TO_ALICE = "+442079460005"
MESSAGE = "+442079460008"
LONG_PAUSE = "+442079460028"


def hangs_up(engine: EngineProcess, caller: Caller) -> dict[str, object]:
    """Hang up now; the call.ended, after a look at all that must be true then."""
    hang_up(caller)
    ended = caller.ends()
    assert (ended["ended_by"], ended["cause"]) == ("caller", "NORMAL_CLEARING")
    whole_story(engine, caller.call)
    no_channel_left(engine.switch)
    return ended


def test_in_a_prompt(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, STAIRS, tmp_path) as caller:
        caller.in_step("play")
        caller.connect_media()
        assert caller.ear.wait_for(lambda ear: ear.mark() > 8000)
        assert hangs_up(engine, caller)["tags"] == {"wrapped": "yes"}


def test_in_a_menu(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, MENU, tmp_path) as caller:
        caller.in_step("menu")
        caller.hears("main_menu")
        assert hangs_up(engine, caller)["tags"] == {"wrapped": "yes"}


def test_between_the_digits_of_an_entry(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, COLLECT, tmp_path) as caller:
        caller.in_step("collect")
        caller.connect_media()
        caller.ear.press("12")
        caller.event("call.dtmf")
        hangs_up(engine, caller)


def test_in_a_masked_entry(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, SECRET, tmp_path) as caller:
        caller.in_step("collect")
        caller.connect_media()
        caller.ear.press("73")
        assert caller.ear.wait_until_said()
        hangs_up(engine, caller)
        assert not any(event["type"] == "call.dtmf" for event in caller.events())


def test_while_the_agents_phone_rings(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.rings()
        caller.event("call.ringing")
        hang_up(caller)
        assert alice.was_cancelled()
        alice.is_done()
        assert caller.ends()["ended_by"] == "caller"
    whole_story(engine, caller.call)
    no_channel_left(engine.switch)


def test_in_a_talk(engine: EngineProcess, tmp_path: Path) -> None:
    with registered_phone(engine.switch, "alice", tmp_path) as alice, told_caller(engine, TO_ALICE, tmp_path) as caller:
        alice.answer()
        caller.connect_media()
        caller.event("call.bridged")
        assert hangs_up(engine, caller)["tags"] == {}
        alice.is_done()


def test_while_a_message_is_recorded(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, MESSAGE, tmp_path) as caller:
        caller.event("recording.started")
        caller.connect_media()
        hangs_up(engine, caller)
        types = [event["type"] for event in caller.events()]
    assert len([name for name in types if name in ("recording.saved", "recording.failed")]) == 1


def test_in_a_pause(engine: EngineProcess, tmp_path: Path) -> None:
    with told_caller(engine, LONG_PAUSE, tmp_path) as caller:
        caller.in_step("pause")
        hangs_up(engine, caller)
