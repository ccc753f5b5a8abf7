"""A SIP dialog (RFC 3261 section 12): the identifiers of one call and the requests inside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gevent import socket
from sipmessage import Request

from engine.sim.sip_message import AGENT_NAME, ALLOWED, parse_address, request_uri_of
from engine.sim.sip_transport import Address

_IPV4 = re.compile(r"^\d+\.\d+\.\d+\.\d+$")


def resolve(host: str, port: int | None) -> Address | None:
    """The address of a host; None when the name is unknown."""
    if _IPV4.match(host):
        return host, port or 5060
    try:
        found = socket.getaddrinfo(host, port or 5060, socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        return None
    return str(found[0][4][0]), int(found[0][4][1])


@dataclass(slots=True)
class Dialog:
    """Who talks to whom under which identifiers."""

    call_id: str
    local: str
    """Our From (or To) header with its tag."""
    remote: str
    remote_target: str
    contact: str
    fallback: Address
    """Where to send when the remote target cannot be resolved."""
    routes: list[str] = field(default_factory=list)
    local_cseq: int = 0
    remote_cseq: int = 0

    @property
    def local_tag(self) -> str:
        """Our tag."""
        return parse_address(self.local).tag

    @property
    def key(self) -> tuple[str, str]:
        """What a request inside this dialog is found by: the Call-ID and our tag."""
        return self.call_id, self.local_tag

    @property
    def target(self) -> Address:
        """Where the next request goes."""
        hop = parse_address(self.routes[0]) if self.routes else parse_address(self.remote_target)
        return resolve(hop.host, hop.port) or self.fallback

    def request(self, method: str, *, body: str = "", cseq: int | None = None, **headers: str) -> Request:
        """A request inside the dialog; ValueError when the remote target is no URI."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        request = Request(method=method, uri=request_uri_of(self.remote_target), body=body.encode())
        if self.routes:
            request.headers.setlist("Route", list(self.routes))
        request.headers.set("From", self.local)
        request.headers.set("To", self.remote)
        request.headers.set("Call-ID", self.call_id)
        request.headers.set("CSeq", f"{cseq} {method}")
        request.headers.set("Contact", self.contact)
        request.headers.set("Max-Forwards", "70")
        request.headers.set("User-Agent", AGENT_NAME)
        request.headers.set("Allow", ALLOWED)
        for name, value in headers.items():
            request.headers.set(name.replace("_", "-"), value)
        if body:
            request.headers.set("Content-Type", "application/sdp")
        request.headers.set("Content-Length", str(len(body.encode())))
        return request
