"""Names that would be more than names: the call goes on as any other, and the event carries them as text."""

from pathlib import Path

from tests.acceptance.at_once import at_once
from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.event_socket_users import users_of
from tests.acceptance.ledger import whole_story

PLAY = "+442079460001"
NAMES = {
    # What FreeSWITCH makes of a name (sofia.c): %XX is decoded, control characters become spaces, ${ becomes %{.
    "reload": ('"reload mod_event_socket"', "reload mod_event_socket"),
    "encoded newlines": ('"a%0Ab%0D%0A%0D%0Aapi hupall"', "a\nb\r\n\r\napi hupall"),
    "an event": ('"x%0AEvent-Name: CHANNEL_HANGUP_COMPLETE"', "x\nEvent-Name: CHANNEL_HANGUP_COMPLETE"),
    "quotes": (r'"a \" \" b\\"', r"a \" \" b\\"),
    "separators": ('"{a=b}[c=d]<e>,|:_:^^;!"', "{a=b}[c=d]<e>,|:_:^^;!"),
    "not UTF-8": ('"\udcff\udcfe Zo\udce9"', "\ufffd\ufffd Zo\ufffd"),
    "unprintable": ('"\x01\x02\x7f"', "  \x7f"),
    "many": ('"' + "x" * 400 + '"', "x" * 256),
}


def called_by(engine: EngineProcess, folder: Path, name: str) -> str:
    """The name the events carry, of a caller who hears the prompt to its end."""
    with calling(engine, PLAY, folder, scenario="uac_hostile_name.xml", keys={"caller_name": name}) as caller:
        caller.hears("announcement")
        assert caller.ends()["ended_by"] == "engine"
    return str(whole_story(engine, caller.call)[0]["data"]["caller_name"])


def test_a_hostile_name_is_a_name(engine: EngineProcess, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    programs = {
        "expansion": f"${{system touch {witness}}}", "call": f"${{system(touch {witness})}}",
        "shell": f"$(touch {witness}) `touch {witness}`",
    }  # fmt: skip
    names = NAMES | {kind: (f'"{text}"', text.replace("${", "%{")) for kind, text in programs.items()}
    connections = users_of(engine.switch)
    assert connections
    jobs = {kind: lambda name=name: called_by(engine, tmp_path, name) for kind, (name, _) in names.items()}
    assert at_once(jobs) == {kind: shown for kind, (_, shown) in names.items()}
    assert not witness.exists()
    assert users_of(engine.switch) == connections, "the event socket stays as it was"
