"""The event socket's framing from the switch's side."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sim.frames import (
    ClientCommand,
    CommandReader,
    FrameError,
    api_response,
    command_reply,
    event_frame,
    log_frame,
)

STREAM = (
    b"auth ClueCon\n\napi status\r\n\r\nsendmsg abc\ncall-command: execute\nContent-Length: 5\n\na\n\nb\n"
    b"\n\nbgapi x y\nJob-UUID: 1\n\n"
)
COMMANDS = [
    ClientCommand("auth ClueCon"),
    ClientCommand("api status"),
    ClientCommand("sendmsg abc", {"call-command": "execute", "content-length": "5"}, "a\n\nb\n"),
    ClientCommand("bgapi x y", {"job-uuid": "1"}),
]


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=8))
def test_any_split_gives_the_same_commands(cuts: list[int]) -> None:
    reader = CommandReader()
    edges = [0, *sorted(cuts), len(STREAM)]
    got = [command for a, b in itertools.pairwise(edges) for command in reader.feed(STREAM[a:b])]
    assert got == COMMANDS
    assert (got[3].verb, got[3].rest) == ("bgapi", "x y")


@given(st.binary(max_size=200))
def test_noise_is_commands_or_a_frame_error(noise: bytes) -> None:
    with contextlib.suppress(FrameError):
        CommandReader().feed(noise + b"\n\n")


@pytest.mark.parametrize("length", ["-1", "x", "99999999999"])
def test_an_impossible_length_is_a_frame_error(length: str) -> None:
    with pytest.raises(FrameError):
        CommandReader().feed(b"sendmsg a\nContent-Length: " + length.encode() + b"\n\n")


def test_replies() -> None:
    assert command_reply("+OK Job-UUID: 1", Job_UUID="1") == (
        b"Content-Type: command/reply\nReply-Text: +OK Job-UUID: 1\nJob-UUID: 1\n\n"
    )
    assert api_response("") == b"Content-Type: api/response\nContent-Length: 14\n\n-ERR no reply\n"
    assert event_frame("json", b"{}") == b"Content-Length: 2\nContent-Type: text/event-json\n\n{}"
    assert log_frame(7, "x").endswith(b"\n\nx\n")
