"""Typed commands and the one encoder of them.

What may stand in a command is decided here and nowhere else. Text that may come from a caller, a webhook or an author
travels in a body, never in a header: a header block that holds the words "reload" and "mod_event_socket" makes
FreeSWITCH reload the event socket under every client (mod_event_socket.c, parse_command).
"""

import re
from dataclasses import dataclass

from engine.core.errors import UnsafeTextError
from engine.core.ids import LegId

MAX_COMMAND_BYTES = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UUID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_LABEL = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def checked_uuid(value: str) -> str:
    """The uuid, if it can stand in a command. Raises UnsafeTextError."""
    if not _UUID.fullmatch(value):
        raise UnsafeTextError(f"not a channel uuid: {value[:64]!r}")
    return value


def checked_name(value: str) -> str:
    """An application, variable or cause name, if it is one. Raises UnsafeTextError."""
    if not _NAME.fullmatch(value):
        raise UnsafeTextError(f"not a name: {value[:64]!r}")
    return value


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise UnsafeTextError("a control character (CR, LF, NUL ...) in a command line")
    lowered = value.lower()
    if "mod_event_socket" in lowered and ("reload" in lowered or "unload" in lowered):
        raise UnsafeTextError("the words FreeSWITCH reloads its event socket at")
    return value


def _wire(block: str, body: bytes = b"") -> bytes:
    try:
        wire = block.encode() + body
    except UnicodeEncodeError as error:
        raise UnsafeTextError("half a character in a command line") from error
    if len(wire) > MAX_COMMAND_BYTES:
        raise UnsafeTextError(f"a command of {len(wire)} bytes")
    return wire


@dataclass(slots=True)
class Auth:
    """Log in."""

    password: str

    def encode(self) -> bytes:
        if _CONTROL.search(self.password):
            raise UnsafeTextError("a control character in the password")
        return _wire(f"auth {self.password}\n\n")


@dataclass(slots=True)
class Subscribe:
    """Ask for events by name, as JSON. Names after `CUSTOM` are subclasses."""

    names: tuple[str, ...]

    def encode(self) -> bytes:
        return _wire(f"event json {_line(' '.join(self.names))}\n\n")


@dataclass(slots=True)
class Filter:
    """From the first of these on only events are sent that fit one: a header with this very value."""

    header: str
    value: str

    def encode(self) -> bytes:
        return _wire(f"filter {_line(f'{self.header} {self.value}')}\n\n")


@dataclass(slots=True)
class Api:
    """An API command answered on this connection; nothing else happens there until it returns."""

    line: str

    def encode(self) -> bytes:
        return _wire(f"api {_line(self.line)}\n\n")


@dataclass(slots=True)
class BackgroundApi:
    """An API command run in a thread of its own; its result is an event that carries `job`."""

    line: str
    job: str

    def encode(self) -> bytes:
        if not _LABEL.fullmatch(self.job):
            raise UnsafeTextError(f"not a job id: {self.job[:64]!r}")
        return _wire(f"bgapi {_line(self.line)}\nJob-UUID: {self.job}\n\n")


@dataclass(slots=True)
class Execute:
    """Run an application on a channel, after those already asked for; `label` comes back with its completion.

    The argument is the body, so it may hold anything but NUL; `event-lock` keeps applications in order instead of
    running one inside the other.
    """

    leg: LegId
    application: str
    argument: str = ""
    label: str = ""

    def encode(self) -> bytes:
        head = (
            f"sendmsg {checked_uuid(self.leg)}\n"
            "call-command: execute\n"
            f"execute-app-name: {checked_name(self.application)}\n"
            "event-lock: true\n"
        )
        if self.label:
            if not _LABEL.fullmatch(self.label):
                raise UnsafeTextError(f"not a label: {self.label[:64]!r}")
            head += f"Event-UUID: {self.label}\n"
        if not self.argument:
            return _wire(f"{head}\n")
        if "\x00" in self.argument:
            raise UnsafeTextError("a NUL in an application's argument")
        body = self.argument.encode("utf-8", "replace")
        return _wire(f"{head}content-type: text/plain\ncontent-length: {len(body)}\n\n", body)


@dataclass(slots=True)
class Exit:
    """Say goodbye."""

    def encode(self) -> bytes:
        return b"exit\n\n"


Command = Auth | Subscribe | Filter | Api | BackgroundApi | Execute | Exit
