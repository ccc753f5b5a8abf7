"""Frames as FreeSWITCH writes them."""

import json
from typing import Any

from engine.esl.event import Event


def frame(content_type: str, body: bytes | None = None, **headers: str) -> bytes:
    """One frame; header names are written with `-` for `_`."""
    lines = [f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\n".join(lines).encode() + b"\n\n" + (body or b"")


def event_frame(event: bytes | dict[str, Any]) -> bytes:
    """An event: the length comes first (mod_event_socket.c)."""
    body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n" % len(body) + body


def event_of(headers: dict[str, Any]) -> Event:
    """An event as it is read off the wire."""
    return Event(json.dumps(headers, ensure_ascii=False, separators=(",", ":")).encode())


def reply(text: str) -> bytes:
    """A `command/reply`."""
    return frame("command/reply", Reply_Text=text)


def response(body: str) -> bytes:
    """An `api/response`."""
    return frame("api/response", body.encode())


AUTH_REQUEST = frame("auth/request")
ACCEPTED = reply("+OK accepted")
GOODBYE = frame("text/disconnect-notice", b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n")
