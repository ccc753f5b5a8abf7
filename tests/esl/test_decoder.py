"""The decoder: any cut of the stream gives the same frames, and only a stream without frames ends it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import SwitchError
from engine.esl.decoder import MAX_BODY_BYTES, MAX_HEADER_BYTES, Decoder, Frame, FramingError
from tests.esl.frames import event_frame, frame


def frames_of(stream: bytes, cuts: list[int]) -> list[Frame]:
    decoder = Decoder()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    found = []
    for start, end in pairwise(edges):
        found += decoder.feed(stream[start:end])
    return found


names = st.sampled_from(["Content-Type", "content-type", "Reply-Text", "X-Odd", "Job-UUID"])
values = st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=12).map(str.encode)
bodies = st.none() | st.binary(max_size=60) | st.sampled_from([b"\n\n", b"Content-Length: 5\n\nhello", b"\n"])


@st.composite
def one_frame(draw: st.DrawFn) -> bytes:
    if draw(st.booleans()):
        return event_frame(draw(st.binary(max_size=80)))
    head = b"".join(draw(names).encode() + b": " + value + b"\n" for value in draw(st.lists(values, max_size=3)))
    body = draw(bodies)
    if body is None:
        return head + b"\n" if head else b""
    return head + b"Content-Length: %d\n\n" % len(body) + body


@given(st.lists(one_frame(), max_size=5), st.lists(st.integers(0, 400), max_size=12))
def test_any_split_of_the_stream_gives_the_same_frames(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    whole = frames_of(stream, [])
    assert frames_of(stream, cuts) == whole
    assert frames_of(stream, list(range(len(stream)))) == whole


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_any_bytes_give_frames_or_a_framing_error_and_nothing_else(stream: bytes, cuts: list[int]) -> None:
    outcomes = []
    for where in ([], cuts):
        try:
            outcomes.append(frames_of(stream, where))
        except FramingError as error:
            outcomes.append([Frame("error", {}, str(error).encode())])
    assert outcomes[0] == outcomes[1]


def test_an_event_frame_is_its_body_untouched() -> None:
    body = b'{"Event-Name":"DTMF","name":"caf\xe9 \x00"}'
    assert Decoder().feed(event_frame(body)) == [Frame("text/event-json", {}, body)]


def test_headers_are_read_leniently() -> None:
    stream = b"no colon here\nReply-Text:+OK\n  X-Odd :  a: b  \nX-Odd: second\nBad\xff: \xfe\n"
    stream += b"content-type: command/reply\n\n"
    (found,) = Decoder().feed(stream)
    assert found.content_type == "command/reply"
    assert found.headers["Reply-Text"] == "+OK"
    assert found.headers["X-Odd"] == "second"  # of a header that comes twice the last one counts
    assert found.headers["Bad�"] == "�"


def test_an_unknown_content_type_is_a_frame_like_any_other() -> None:
    stream = frame("log/data", b"whatever") + frame("text/of-tomorrow", b"{}") + frame("", b"x")
    assert [(found.content_type, found.body) for found in Decoder().feed(stream)] == [
        ("log/data", b"whatever"), ("text/of-tomorrow", b"{}"), ("", b"x"),
    ]  # fmt: skip


def test_a_body_that_is_not_utf8_is_only_bytes() -> None:
    (found,) = Decoder().feed(frame("api/response", b"\xff\xfe\x80"))
    assert found.body == b"\xff\xfe\x80"


def test_line_feeds_between_frames_are_no_frames() -> None:
    stream = b"\n\n\n\n" + frame("a", b"1") + b"\n\n" + frame("b", b"2")
    assert [found.content_type for found in Decoder().feed(stream)] == ["a", "b"]


@given(st.integers(1, 10_000))
def test_the_end_of_a_stream_inside_a_frame_is_noticed(cut: int) -> None:
    stream = event_frame(b'{"a":1}') + event_frame(b'{"b":"%s"}' % (b"x" * 200))
    cut = cut % len(stream) or 1
    decoder = Decoder()
    complete = sum(len(event_frame(found.body)) for found in decoder.feed(stream[:cut]))
    assert decoder.pending == cut - complete


@pytest.mark.parametrize("length", ["-1", "", "1e3", "0x10", "٣", "12 ", "1" * 13, "9" * 5000, str(MAX_BODY_BYTES + 1)])
@pytest.mark.parametrize("kind", ["text/event-json", "api/response"])
def test_a_length_that_is_none_or_too_large_ends_the_stream(length: str, kind: str) -> None:
    stream = f"Content-Length: {length}\nContent-Type: {kind}\n\n".encode()
    if length == "12 ":  # blanks around a value mean nothing
        assert Decoder().feed(stream + b"x" * 12)[0].body == b"x" * 12
        return
    with pytest.raises(FramingError):
        Decoder().feed(stream)
    assert issubclass(FramingError, SwitchError)


def test_a_body_of_the_largest_size_is_taken() -> None:
    decoder = Decoder()
    assert decoder.feed(b"Content-Length: %d\nContent-Type: api/response\n\n" % MAX_BODY_BYTES) == []
    half = b"x" * (MAX_BODY_BYTES // 2)
    assert decoder.feed(half) == []
    (found,) = decoder.feed(half)
    assert len(found.body) == MAX_BODY_BYTES
    assert decoder.pending == 0


@pytest.mark.parametrize("piece", [1, 4096, 10**6])
def test_headers_without_end_are_not_kept_for_ever(piece: int) -> None:
    decoder = Decoder()
    for _ in range((MAX_HEADER_BYTES + 1) // piece):
        assert decoder.feed(b"x" * piece) == []
    with pytest.raises(FramingError):
        decoder.feed(b"x" * piece)


@pytest.mark.parametrize("cut", [0, 1])
def test_the_longest_block_of_headers_is_taken_however_it_is_cut(cut: int) -> None:
    head = b"A: " + b"x" * (MAX_HEADER_BYTES - 3)
    decoder = Decoder()
    stream = head + b"\n\n"
    found = decoder.feed(stream[: len(head) + cut]) + decoder.feed(stream[len(head) + cut :])
    assert len(found) == 1
    with pytest.raises(FramingError):
        Decoder().feed(b"x" + stream)
