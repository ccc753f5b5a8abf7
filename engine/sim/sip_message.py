"""SIP messages by the `sipmessage` package, made tolerant of what callers really send."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from sipmessage import URI, Message, Request, Response

from engine.sim.causes import phrase_of

ALLOWED = "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO, NOTIFY, REFER, UPDATE, MESSAGE"
AGENT_NAME = "Switchboard simulated switch"
_PRIVATE = 0x10F700
_ADDRESS = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^<]*?))\s*<([^>]*)>(.*)$', re.DOTALL)
_URI = re.compile(r"^(?:sips?|tel):(?:([^@]*)@)?([^;?]*)(.*)$", re.IGNORECASE | re.DOTALL)
_FIRST_LINE = re.compile(rb"^([A-Za-z]+) (\S.*) SIP/2\.0$")


def parse_message(data: bytes) -> Request | Response:
    """A request or response; ValueError when the bytes are neither.

    Bytes that are not UTF-8 become surrogates in `text_of`, and a request URI that is not well formed is replaced by
    a placeholder, because the caller's own texts are read from the headers leniently.
    """
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("no end of headers")
    lines = head.decode("utf-8", "surrogateescape").translate(_TO_PRIVATE)
    # Folded header lines (RFC 3261 7.3.1) are one line.
    text = re.sub(r"\r\n[ \t]+", " ", lines)
    try:
        message = Message.parse(text.encode() + separator + body)
    except ValueError:
        first, rest = text.split("\r\n", 1) if "\r\n" in text else (text, "")
        match = _FIRST_LINE.match(first.encode())
        if match is None:
            raise
        placeholder = f"{match.group(1).decode()} sip:unparsed.invalid SIP/2.0\r\n{rest}"
        message = Message.parse(placeholder.encode() + separator + body)
    missing = [name for name in ("Call-ID", "CSeq", "From", "To", "Via") if not message.headers.get(name)]
    if missing:
        raise ValueError(f"no {missing[0]}")
    length = message.headers.get("Content-Length", "")
    if length and length.isdigit():
        message.body = message.body[: int(length)]
    return message


_TO_PRIVATE = {0xDC00 + byte: _PRIVATE + byte for byte in range(0x80, 0x100)}
_FROM_PRIVATE = {_PRIVATE + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}


def text_of(value: str) -> str:
    """A header's text with the caller's raw bytes as surrogates again."""
    return value.translate(_FROM_PRIVATE)


def bytes_of(message: Request | Response) -> bytes:
    """The message as it goes on the wire, with the caller's raw bytes as they came."""
    data = bytes(message)
    if b"\xf4\x8f" not in data:
        return data
    return data.decode("utf-8", "surrogateescape").translate(_FROM_PRIVATE).encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class SipAddress:
    """A name and an address as they stood in a header, however odd."""

    name: str
    uri: str
    user: str
    host: str
    port: int | None
    tag: str

    @property
    def hostport(self) -> str:
        """Host with its port, if it had one."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def userhost(self) -> str:
        """`user@host:port`."""
        return f"{self.user}@{self.hostport}" if self.user else self.hostport


def parse_address(value: str) -> SipAddress:
    """The parts of a From, To or Contact header, or of a bare URI; never an error."""
    value = text_of(value)
    match = _ADDRESS.match(value)
    if match:
        quoted, bare, uri, parameters = match.groups()
        # A backslash stays: FreeSWITCH takes what is between the first quote and the last as it is.
        name = quoted if quoted is not None else bare.strip()
    else:
        name = ""
        uri, semicolon, rest = value.strip().partition(";")
        parameters = semicolon + rest
    tag = re.search(r";\s*tag\s*=\s*([^;\s]+)", parameters, re.IGNORECASE)
    parts = _URI.match(uri.strip())
    user, hostport = (parts.group(1) or "", parts.group(2)) if parts else ("", uri)
    host, _, port = hostport.rpartition(":") if re.search(r":\d+$", hostport) else (hostport, "", "")
    return SipAddress(unescaped(name), uri.strip(), unescaped(user.split(":")[0]), host, int(port) if port else None,
                      tag.group(1) if tag else "")  # fmt: skip


def unescaped(text: str) -> str:
    """The text with `%XX` replaced: in the user part of an address, and, as FreeSWITCH does it, in a display name."""
    raw = re.sub(
        rb"%([0-9a-fA-F]{2})",
        lambda match: bytes([int(match.group(1), 16)]),
        text.encode("utf-8", "surrogateescape"),
    )
    return raw.decode("utf-8", "surrogateescape")


def header_safe(text: str) -> str:
    """The text without what would break a header."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text).encode("utf-8", "replace").decode()


def new_token(length: int = 13) -> str:
    """A random token for tags, branches and Call-IDs."""
    return "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789", k=length))


def new_branch() -> str:
    """A Via branch."""
    return "z9hG4bK" + new_token()


def response_to(
    request: Request, code: int, *, tag: str = "", phrase: str = "", body: str = "", **headers: str
) -> Response:
    """A response with what RFC 3261 8.2.6 copies from the request."""
    response = Response(code=code, phrase=phrase or phrase_of(code), body=body.encode())
    for name in ("Via", "Record-Route"):
        values = request.headers.getlist(name)
        if values:
            response.headers.setlist(name, list(values))
    response.headers.set("From", request.headers["From"])
    to = request.headers["To"]
    if code > 100 and tag and not parse_address(to).tag:
        to += f";tag={tag}"
    response.headers.set("To", to)
    response.headers.set("Call-ID", request.headers["Call-ID"])
    response.headers.set("CSeq", request.headers["CSeq"])
    response.headers.set("User-Agent", AGENT_NAME)
    for name, value in headers.items():
        response.headers.set(name.replace("_", "-"), value)
    if body:
        response.headers.set("Content-Type", "application/sdp")
    response.headers.set("Content-Length", str(len(body.encode())))
    return response


def request_uri_of(text: str) -> URI:
    """The URI for a request line; ValueError when the text is none."""
    return URI.parse(text)


def cseq_of(message: Request | Response) -> tuple[int, str]:
    """Number and method of the CSeq; ValueError when it is malformed."""
    number, _, method = message.headers["CSeq"].partition(" ")
    return int(number), method.strip()
