"""Commands: what can be encoded is exactly one command, and what could become two is refused."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.core.errors import UnsafeTextError
from engine.core.ids import LegId
from engine.esl.command import (
    MAX_COMMAND_BYTES,
    Api,
    Auth,
    BackgroundApi,
    Command,
    Execute,
    Exit,
    Filter,
    Subscribe,
    checked_name,
    checked_uuid,
)

LEG = LegId("4990ca92-a3de-4111-b419-87ceaf4f9c90")
CONTROL = [chr(code) for code in (*range(32), 127)]


def blocks(wire: bytes) -> list[tuple[list[bytes], bytes]]:
    """The commands FreeSWITCH would read in these bytes: header lines up to an empty one, then the announced body."""
    found = []
    while wire:
        head, end, wire = wire.partition(b"\n\n")
        assert end, f"a command without an end: {head!r}"
        lines = re.split(rb"[\r\n]", head)
        lengths = [int(line.split(b":", 1)[1]) for line in lines if line.lower().startswith(b"content-length:")]
        length = lengths[-1] if lengths else 0
        assert len(wire) >= length
        found.append((lines, wire[:length]))
        wire = wire[length:]
    return found


def test_each_command_as_bytes() -> None:
    assert Auth("s3cret word").encode() == b"auth s3cret word\n\n"
    assert Subscribe(("DTMF", "CUSTOM", "conference::maintenance")).encode() == (
        b"event json DTMF CUSTOM conference::maintenance\n\n"
    )
    assert Filter("Event-Name", "DTMF").encode() == b"filter Event-Name DTMF\n\n"
    assert Api("status").encode() == b"api status\n\n"
    assert BackgroundApi("originate x &park()", "j-1").encode() == b"bgapi originate x &park()\nJob-UUID: j-1\n\n"
    assert Exit().encode() == b"exit\n\n"


def test_an_application_is_locked_labelled_and_has_its_argument_in_the_body() -> None:
    assert (
        Execute(LEG, "playback", "/a b.wav", "c1:7").encode()
        == (
            f"sendmsg {LEG}\ncall-command: execute\nexecute-app-name: playback\nevent-lock: true\nEvent-UUID: c1:7\n"
            "content-type: text/plain\ncontent-length: 8\n\n/a b.wav"
        ).encode()
    )
    assert (
        Execute(LEG, "answer").encode()
        == (f"sendmsg {LEG}\ncall-command: execute\nexecute-app-name: answer\nevent-lock: true\n\n").encode()
    )


def test_the_length_of_a_body_is_counted_in_bytes() -> None:
    wire = Execute(LEG, "log", "Grüße 😀").encode()
    ((lines, body),) = blocks(wire)
    assert body.decode() == "Grüße 😀"
    assert b"content-length: 12" in lines


def test_a_body_may_hold_what_a_header_may_not() -> None:
    hostile = "reload mod_event_socket\n\napi system id\n\n\r\n${system(id)}"
    ((_, body),) = blocks(Execute(LEG, "log", hostile).encode())
    assert body.decode() == hostile


def test_half_a_character_in_a_body_is_replaced() -> None:
    ((_, body),) = blocks(Execute(LEG, "log", "a\ud800b").encode())
    assert body == b"a?b"


@pytest.mark.parametrize("control", CONTROL, ids=repr)
@pytest.mark.parametrize("place", ["{}", "{}x", "x{}x", "x{}"])
def test_control_characters_are_refused_everywhere_but_in_a_body(control: str, place: str) -> None:
    text = place.format(control)
    leg = LegId(f"a{text}")
    refused: list[Command] = [
        Auth(text), Subscribe((text,)), Filter("Event-Name", text), Api(text), Api(f"uuid_kill {LEG} {text}"),
        BackgroundApi(text, "j"),
        BackgroundApi("status", text), Execute(leg, "answer"), Execute(LEG, text), Execute(LEG, "log", "x", text),
    ]  # fmt: skip
    for command in refused:
        with pytest.raises(UnsafeTextError):
            command.encode()


@pytest.mark.parametrize("text", ["a\x00", "\x00", "x" * 30 + "\x00y"])
def test_a_nul_is_refused_in_a_body_too(text: str) -> None:
    with pytest.raises(UnsafeTextError):
        Execute(LEG, "log", text).encode()


@pytest.mark.parametrize(
    "text",
    ["reload mod_event_socket", "RELOAD Mod_Event_Socket", "mod_event_socket then unload", "xreloadxmod_event_socketx"],
)
def test_the_words_that_reload_the_event_socket_stand_in_no_line(text: str) -> None:
    for command in (Api(text), BackgroundApi(text, "j"), Subscribe(tuple(text.split()))):
        with pytest.raises(UnsafeTextError):
            command.encode()
    for harmless in ("reload mod_sofia", "show modules mod_event_socket"):
        Api(harmless).encode()


@pytest.mark.parametrize("text", ["half \ud800 a character", "\udfff"])
def test_half_a_character_is_refused_in_a_line(text: str) -> None:
    for command in (Api(text), BackgroundApi(text, "j"), Auth(text), Subscribe((text,))):
        with pytest.raises(UnsafeTextError):
            command.encode()


@pytest.mark.parametrize(
    "value", ["", " ", "-a", ".a", "a b", "a/b", "a:b", "é", "٣", "x" * 65, "a\n", "a\r", "\na", "${a}", "a,b", "a'b"]
)
def test_what_is_no_uuid(value: str) -> None:
    with pytest.raises(UnsafeTextError):
        checked_uuid(value)


@pytest.mark.parametrize("value", ["", "a b", "a-b", "a:b", "é", "x" * 65, "a\n", "set;", "${a}"])
def test_what_is_no_name(value: str) -> None:
    with pytest.raises(UnsafeTextError):
        checked_name(value)


def test_uuids_and_names_are_given_back() -> None:
    assert checked_uuid(LEG) == LEG
    assert checked_name("play_and_get_digits") == "play_and_get_digits"


def test_a_command_has_a_largest_size() -> None:
    for fits, command in (
        (True, Api("x" * (MAX_COMMAND_BYTES - 6))), (False, Api("x" * (MAX_COMMAND_BYTES - 5))),
        (False, Execute(LEG, "log", "x" * MAX_COMMAND_BYTES)), (False, Execute(LEG, "log", "é" * 33_000)),
        (False, BackgroundApi("x" * MAX_COMMAND_BYTES, "j")), (False, Auth("x" * MAX_COMMAND_BYTES)),
    ):  # fmt: skip
        if fits:
            assert len(command.encode()) == MAX_COMMAND_BYTES
        else:
            with pytest.raises(UnsafeTextError):
                command.encode()


anything = st.text(st.characters(), max_size=20) | st.sampled_from(["\n\n", "a\n", "\r", "x\n\napi status\n\n", "a"])
commands = st.one_of(
    st.builds(Auth, anything),
    st.builds(Subscribe, st.lists(anything, max_size=3).map(tuple)),
    st.builds(Api, anything),
    st.builds(BackgroundApi, anything, anything),
    st.builds(Execute, anything, anything, anything, anything),
    st.builds(Execute, st.just(LEG), st.just("log"), anything, st.just("c:1")),
)


@given(commands)
@example(Execute(LegId("a\n"), "answer"))
@example(Execute(LEG, "answer\n"))
@example(Execute(LEG, "log", "x", "c:1\n"))
@example(BackgroundApi("status", "j\n"))
def test_no_accepted_command_is_more_than_one(command: Command) -> None:
    try:
        wire = command.encode()
    except UnsafeTextError:
        return
    ((lines, body),) = blocks(wire)
    assert b"\x00" not in wire
    assert all(lines), "an empty line ends a command"
    names = [line.split(b":")[0] for line in lines[1:]]
    allowed = {
        b"Job-UUID", b"call-command", b"execute-app-name", b"event-lock", b"Event-UUID", b"content-type",
        b"content-length",
    }  # fmt: skip
    assert set(names) <= allowed
    assert len(set(names)) == len(names)
    if not isinstance(command, Execute):
        assert body == b""
