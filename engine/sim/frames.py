"""The event socket's framing, seen from FreeSWITCH's side: commands in, replies and events out."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.sim.event import encoded

_LARGEST_BLOCK = 10 * 1024 * 1024
_LARGEST_BODY = 16 * 1024 * 1024
AUTH_REQUEST = b"Content-Type: auth/request\n\n"
GOODBYE = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"


class FrameError(Exception):
    """The client sent something no event socket would read on from."""


@dataclass(frozen=True, slots=True)
class ClientCommand:
    """One command: its first line, its headers by lower-case name, and its body."""

    line: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def verb(self) -> str:
        """The first word, in lower case."""
        return self.line.split(" ", 1)[0].lower()

    @property
    def rest(self) -> str:
        """What follows the first word."""
        return self.line.partition(" ")[2].strip()


class CommandReader:
    """Cuts a client's bytes into commands, whatever way they arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[ClientCommand]:
        """The commands that are complete now; FrameError when one is too large or its length is no number."""
        self._buffer += data
        commands: list[ClientCommand] = []
        while True:
            command = self._next()
            if command is None:
                return commands
            commands.append(command)

    def _next(self) -> ClientCommand | None:
        # Empty lines between commands mean nothing.
        while self._buffer and self._buffer[0] in b"\r\n":
            del self._buffer[:1]
        end = self._buffer.find(b"\n\n")
        windows_end = self._buffer.find(b"\r\n\r\n")
        width = 2
        if windows_end >= 0 and (end < 0 or windows_end < end):
            end, width = windows_end, 4
        if end < 0:
            if len(self._buffer) > _LARGEST_BLOCK:
                raise FrameError("command block too large")
            return None
        lines = _text(self._buffer[:end]).replace("\r\n", "\n").split("\n")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if colon:
                headers.setdefault(name.strip().lower(), value.strip())
        length_text = headers.get("content-length", "0")
        if not length_text.isdigit() or int(length_text) > _LARGEST_BODY:
            raise FrameError("bad Content-Length")
        start = end + width
        stop = start + int(length_text)
        if len(self._buffer) < stop:
            return None
        body = _text(self._buffer[start:stop])
        del self._buffer[:stop]
        return ClientCommand(lines[0].strip(), headers, body)


def _text(data: bytearray) -> str:
    return data.decode("utf-8", "surrogateescape")


def command_reply(text: str, **headers: str) -> bytes:
    """A `command/reply` with its text and further headers (underscores become hyphens)."""
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return encoded(f"Content-Type: command/reply\nReply-Text: {text}\n{more}\n")


def api_response(text: str) -> bytes:
    """An `api/response`; an empty result becomes an error, as in FreeSWITCH."""
    body = encoded(text or "-ERR no reply\n")
    return b"Content-Type: api/response\nContent-Length: %d\n\n" % len(body) + body


def disconnect_notice() -> bytes:
    """The last frame before the switch closes a connection."""
    body = GOODBYE.encode()
    return b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n" % len(body) + body


def event_frame(kind: str, body: bytes) -> bytes:
    """An event in its envelope; the length comes first, as FreeSWITCH writes it."""
    return b"Content-Length: %d\nContent-Type: text/event-%s\n\n" % (len(body), kind.encode()) + body


def log_frame(level: int, text: str) -> bytes:
    """One line of the log, for a client that asked for the log."""
    body = encoded(text + "\n")
    return b"Content-Type: log/data\nContent-Length: %d\nLog-Level: %d\nText-Channel: 0\n\n" % (len(body), level) + body
