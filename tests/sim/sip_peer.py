"""A small phone for tests, independent of the engine's SIP code: it calls, is called, presses digits and listens."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import gevent
from gevent.event import Event

TE = 101


@dataclass
class Incoming:
    """One SIP message as text."""

    first: str
    headers: list[tuple[str, str]]
    body: str

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def code(self) -> int:
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.code else self.first.split()[0]


def parse(data: bytes) -> Incoming:
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    pairs = [line.split(":", 1) for line in lines[1:] if ":" in line]
    return Incoming(lines[0], [(key.strip(), value.strip()) for key, value in pairs], body.decode())


@dataclass
class SipPeer:
    """A phone on loopback with one call at a time."""

    name: str = "sipp"
    behaviour: Callable[[SipPeer, Incoming], None] | None = None
    heard: bytearray = field(default_factory=bytearray)
    digits_heard: list[str] = field(default_factory=list)
    log: list[Incoming] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.rtp_port = self.rtp.getsockname()[1]
        self.cseq = 0
        self.call_id = f"{time.monotonic_ns()}@127.0.0.1"
        self.tag = f"t{time.monotonic_ns()}"
        self.to = self.target = self.invite = ""
        self.contact = ""
        self.server: tuple[str, int] | None = None
        self.invited: Incoming | None = None
        self.remote_rtp: tuple[str, int] | None = None
        self.ringing, self.answered, self.ended, self.called = Event(), Event(), Event(), Event()
        self.final = 0
        self.manual_ack = False
        self.sequence = 0
        self.stamp = 0
        self.packets: list[tuple[float, int]] = []
        self._last_digit_stamp = -1
        self._jobs = [gevent.spawn(self._listen), gevent.spawn(self._listen_rtp)]

    def close(self) -> None:
        gevent.killall(self._jobs)
        self.sock.close()
        self.rtp.close()

    # Sending

    def sdp(self, direction: str = "sendrecv", codecs: str = "0 101") -> str:
        return (
            f"v=0\r\no=user1 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {codecs}\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
            f"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na={direction}\r\n"
        )

    def request(
        self, method: str, uri: str, *, body: str = "", extra: str = "", cseq: int | None = None, branch: str = "",
        sender: str = "",
    ) -> bytes:  # fmt: skip
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        branch = branch or f"z9hG4bK{time.monotonic_ns()}"
        sender = sender or f"{self.name} <sip:{self.name}@127.0.0.1:{self.port}>"
        text = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch}\r\n"
            f"From: {sender};tag={self.tag}\r\nTo: {self.to or f'<{uri}>'}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:{self.name}@127.0.0.1:{self.port}>\r\nMax-Forwards: 70\r\n{extra}"
        )
        if body:
            text += "Content-Type: application/sdp\r\n"
        data = text.encode("utf-8", "surrogateescape")
        return data + f"Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def call(
        self, port: int, number: str = "park", *, body: str | None = None, extra: str = "", sender: str = ""
    ) -> None:
        self.server = ("127.0.0.1", port)
        self.invite = f"sip:{number}@127.0.0.1:{port}"
        self.branch = f"z9hG4bK{time.monotonic_ns()}"
        body = self.sdp() if body is None else body
        self.sent_invite = self.request(
            "INVITE", self.invite, body=body, extra=extra, branch=self.branch, sender=sender
        )
        self.sender = sender
        self.sock.sendto(self.sent_invite, self.server)

    def cancel(self) -> None:
        assert self.server is not None
        saved, self.to = self.to, ""
        data = self.request("CANCEL", self.invite, cseq=1, branch=self.branch, sender=self.sender)
        self.to = saved
        self.sock.sendto(data, self.server)

    def bye(self) -> None:
        assert self.server is not None
        self.sock.sendto(self.request("BYE", self.target or self.invite), self.server)

    def reinvite(self, direction: str) -> None:
        assert self.server is not None
        self.sock.sendto(self.request("INVITE", self.target, body=self.sdp(direction)), self.server)

    def reply(
        self, code: int, phrase: str, *, body: str = "", request: Incoming | None = None, extra: str = ""
    ) -> None:
        request = request or self.invited
        assert request is not None
        assert self.server is not None
        lines = [f"SIP/2.0 {code} {phrase}"]
        lines += [f"Via: {value}" for value in request.all("Via")]
        to = request.get("To")
        lines += [
            f"From: {request.get('From')}",
            f"To: {to if 'tag=' in to or code == 100 else to + ';tag=' + self.tag}",
            f"Call-ID: {request.get('Call-ID')}",
            f"CSeq: {request.get('CSeq')}",
            f"Contact: <sip:127.0.0.1:{self.port};transport=UDP>",
        ]
        if extra:
            lines.append(extra)
        if body:
            lines.append("Content-Type: application/sdp")
        text = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])
        self.sock.sendto(text.encode("utf-8", "surrogateescape"), self.server)

    # RTP

    def press(self, digits: str, *, gap: float = 0.1, packets: int = 14, ends: int = 3) -> None:
        for number, digit in enumerate(digits):
            if number:
                gevent.sleep(gap)
            self.stamp += 1600
            for step in range(1, packets + 1):
                self._send_event(digit, False, 160 * step, step == 1)
            for _ in range(ends):
                self._send_event(digit, True, 160 * packets, False)

    def _send_event(self, digit: str, end: bool, duration: int, marker: bool) -> None:
        payload = struct.pack("!BBH", "0123456789*#ABCD".index(digit), (0x80 if end else 0) | 10, duration)
        self._send_rtp(TE, payload, marker)

    def say(self, frames: list[bytes], payload_type: int = 0) -> None:
        """Send frames of audio at their pace."""
        start = time.monotonic()
        for number, frame in enumerate(frames):
            self.stamp += len(frame)
            self._send_rtp(payload_type, frame, number == 0)
            gevent.sleep(max(0.0, start + 0.02 * (number + 1) - time.monotonic()))

    def _send_rtp(self, payload_type: int, payload: bytes, marker: bool) -> None:
        assert self.remote_rtp is not None, "no SDP yet"
        self.sequence += 1
        head = struct.pack(
            "!BBHII", 0x80, payload_type | (0x80 if marker else 0), self.sequence & 0xFFFF, self.stamp, 7
        )
        self.rtp.sendto(head + payload, self.remote_rtp)

    def _listen_rtp(self) -> None:
        while True:
            data, _ = self.rtp.recvfrom(2048)
            payload_type, stamp = data[1] & 0x7F, struct.unpack("!I", data[4:8])[0]
            self.packets.append((time.monotonic(), payload_type))
            if payload_type == TE:
                if data[13] & 0x80 and stamp != self._last_digit_stamp:
                    self._last_digit_stamp = stamp
                    self.digits_heard.append("0123456789*#ABCD"[data[12]])
            else:
                self.heard += data[12:]

    # Receiving

    def _listen(self) -> None:
        while True:
            data, source = self.sock.recvfrom(65535)
            message = parse(data)
            self.log.append(message)
            self.server = self.server or source
            if message.code:
                self._response(message)
            else:
                self._request(message)

    def _response(self, message: Incoming) -> None:
        if "INVITE" not in message.get("CSeq"):
            return
        if message.body:
            self._media(message.body)
        if message.code == 100:
            return
        if 100 < message.code < 200:
            self.to = message.get("To") if self.to == "" else self.to
            self.ringing.set()
            return
        self.final = message.code
        self.to = message.get("To")
        contact = re.search(r"<([^>]*)>", message.get("Contact"))
        if contact and message.code < 300:
            self.target = contact.group(1)
        if self.manual_ack:
            self.answered.set()
            return
        self.ack(message)
        (self.answered if message.code < 300 else self.ended).set()

    def ack(self, message: Incoming) -> None:
        assert self.server is not None
        number = int(message.get("CSeq").split()[0])
        branch = re.search(r"branch=([^;,]+)", message.get("Via"))
        same = branch.group(1) if branch and message.code >= 300 else ""
        uri = self.target or self.invite
        self.sock.sendto(self.request("ACK", uri, cseq=number, branch=same), self.server)

    def _media(self, body: str) -> None:
        port = re.search(r"m=audio (\d+)", body)
        host = re.search(r"c=IN IP4 (\S+)", body)
        if port and host:
            self.remote_rtp = (host.group(1), int(port.group(1)))

    def _request(self, message: Incoming) -> None:
        method = message.method
        if method == "INVITE":
            first = self.invited is None
            if not first and "tag=" not in message.get("To"):
                return  # a retransmission
            self.invited = message
            self._media(message.body)
            if first:
                self.call_id = message.get("Call-ID")
                self.to = message.get("From")
                contact = re.search(r"<([^>]*)>", message.get("Contact"))
                self.target = contact.group(1) if contact else ""
                self.called.set()
            if self.behaviour is not None:
                gevent.spawn(self.behaviour, self, message)
        elif method == "ACK":
            self.answered.set()
        elif method == "CANCEL":
            self.reply(200, "OK", request=message)
            self.reply(487, "Request Terminated")
            self.ended.set()
        elif method == "BYE":
            self.reply(200, "OK", request=message)
            self.ended.set()
        else:
            self.reply(200, "OK", request=message)

    def bye_as_callee(self) -> None:
        assert self.server is not None
        assert self.invited is not None
        self.cseq += 100
        sender = self.invited.get("To")
        sender = sender if "tag=" in sender else sender + ";tag=" + self.tag
        text = (
            f"BYE {self.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{time.monotonic_ns()}\r\n"
            f"From: {sender}\r\nTo: {self.invited.get('From')}\r\nCall-ID: {self.call_id}\r\nCSeq: {self.cseq} BYE\r\n"
            f"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        self.sock.sendto(text.encode(), self.server)


def answers_after(ring: float, talk: float | None = None, *, rings: bool = True) -> Callable[[SipPeer, Incoming], None]:
    """An agent that rings, answers, and perhaps hangs up; it agrees to every re-INVITE."""

    def behave(peer: SipPeer, message: Incoming) -> None:
        if "tag=" in message.get("To"):
            peer.reply(200, "OK", body=peer.sdp(), request=message)
            return
        if rings:
            peer.reply(180, "Ringing")
        gevent.sleep(ring)
        peer.reply(200, "OK", body=peer.sdp())
        if talk is not None:
            gevent.sleep(talk)
            peer.bye_as_callee()

    return behave


def refuses(code: int, phrase: str, *, after: float = 0.0, rings: bool = False) -> Callable[[SipPeer, Incoming], None]:
    """An agent that does not take the call."""

    def behave(peer: SipPeer, message: Incoming) -> None:
        if rings:
            peer.reply(180, "Ringing")
        gevent.sleep(after)
        peer.reply(code, phrase)

    return behave


def only_rings(peer: SipPeer, message: Incoming) -> None:
    """An agent who is not at the desk."""
    peer.reply(180, "Ringing")
