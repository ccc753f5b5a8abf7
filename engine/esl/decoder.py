"""Bytes from an event socket to frames, whatever way the stream was cut.

Theory of operation. A frame is a block of `Name: value` lines, an empty line, and `Content-Length` bytes of body.
Nothing else about it is trusted: names and values are decoded leniently, unknown content types are frames like any
other. Only two things end a stream, because after them nobody knows where the next frame begins: a block of headers
that does not end, and a length that is no length or too large.
"""

from dataclasses import dataclass

from engine.core.errors import SwitchError

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024
"""FreeSWITCH itself refuses longer bodies (mod_event_socket.c, MAX_CONTENT_LENGTH)."""

_EVENT_JSON = b"Content-Type: text/event-json"
_LENGTH = b"Content-Length: "


@dataclass(slots=True)
class Frame:
    """One frame as it came: the content type, the outer headers, the body's bytes."""

    content_type: str
    headers: dict[str, str]
    body: bytes


class FramingError(SwitchError):
    """The stream cannot be followed any further; the connection must be made anew."""


class Decoder:
    """Feed it bytes, take frames. Keeps what is not yet a whole frame; its memory is bounded."""

    __slots__ = ("_buffer", "_need", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._need = 0

    @property
    def pending(self) -> int:
        """Bytes of an unfinished frame; not 0 at the end of a stream means it was cut in the middle."""
        return len(self._buffer)

    def feed(self, data: bytes | memoryview) -> list[Frame]:
        """All frames that are complete with `data`. Raises FramingError, after which the decoder is of no use."""
        buffer = self._buffer
        buffer += data
        frames: list[Frame] = []
        if len(buffer) < self._need:
            return frames
        position = 0
        self._need = 0
        while True:
            end = buffer.find(b"\n\n", max(position, self._scanned))
            if end < 0:
                if len(buffer) - position > MAX_HEADER_BYTES + 1:  # the end may be cut in two
                    raise FramingError("a header block of over 64 KiB")
                break
            if end - position > MAX_HEADER_BYTES:
                raise FramingError("a header block of over 64 KiB")
            head = bytes(buffer[position:end])
            headers, content_type, length = _read_head(head)
            body_start = end + 2
            if len(buffer) - body_start < length:
                self._need = body_start + length - position
                self._scanned = end - position
                del buffer[:position]
                return frames
            if head.strip(b"\n"):
                with memoryview(buffer) as view:
                    frames.append(Frame(content_type, headers, bytes(view[body_start : body_start + length])))
            position = body_start + length
            self._scanned = 0
        self._scanned = max(0, len(buffer) - position - 1)
        del buffer[:position]
        return frames


def _read_head(head: bytes) -> tuple[dict[str, str], str, int]:
    # An event's head is always the same two lines, length first (mod_event_socket.c): most frames take this way.
    if head.endswith(_EVENT_JSON) and head.startswith(_LENGTH):
        number = head[len(_LENGTH) : -len(_EVENT_JSON) - 1]
        if number.isdigit() and len(number) <= 12:
            return {}, "text/event-json", _checked(int(number))
    headers: dict[str, str] = {}
    for line in head.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            headers[name.strip().decode("utf-8", "replace")] = value.strip().decode("utf-8", "replace")
    lowered = {name.lower(): value for name, value in headers.items()}
    length = lowered.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 12:
        raise FramingError(f"a Content-Length of {length[:40]!r}")
    return headers, lowered.get("content-type", ""), _checked(int(length))


def _checked(length: int) -> int:
    if length > MAX_BODY_BYTES:
        raise FramingError(f"a body of {length} bytes")
    return length
