"""SIP over UDP: datagrams, transactions, retransmissions (RFC 3261 section 17)."""

from __future__ import annotations

import contextlib
import logging
import re
import socket as plain_socket
from collections.abc import Callable
from dataclasses import dataclass, field

import gevent
from gevent import socket
from sipmessage import Request, Response

from engine.sim.sip_message import bytes_of, cseq_of, new_branch, parse_message, response_to

log = logging.getLogger(__name__)
Address = tuple[str, int]
_T2 = 4.0
_IP_RECVERR = 11
_MSG_ERRQUEUE = 0x2000


@dataclass(slots=True)
class ServerTransaction:
    """A request being answered; its last response answers every retransmission."""

    request: Request
    source: Address
    key: tuple[str, str]
    reply_to: Address
    last: bytes | None = None
    final_code: int = 0
    acknowledged: bool = False
    timers: list[gevent.Greenlet[..., None]] = field(default_factory=list)


@dataclass(slots=True)
class ClientTransaction:
    """A request sent and waiting for its answer."""

    request: Request
    data: bytes
    target: Address
    on_response: Callable[[Response], None]
    method: str
    branch: str
    provisional: bool = False
    done: bool = False
    timer: gevent.Greenlet[..., None] | None = None


class SipTransport:
    """One UDP port that speaks SIP."""

    def __init__(self, host: str, port: int, t1: float, on_request: Callable[[ServerTransaction], None]) -> None:
        self._t1 = t1
        self._on_request = on_request
        self._servers: dict[tuple[str, str], ServerTransaction] = {}
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind((host, port))
        # With IP_RECVERR a refused port is told at once, with the datagram that was refused.
        with contextlib.suppress(OSError):
            self._sock.setsockopt(plain_socket.IPPROTO_IP, _IP_RECVERR, 1)
        self.host = host
        self.port: int = self._sock.getsockname()[1]
        self._closed = False
        self._reader: gevent.Greenlet[..., None] | None = None

    @property
    def life(self) -> float:
        """How long a transaction lives, in seconds: 64 times T1."""
        return 64 * self._t1

    def start(self) -> None:
        """Begin to receive."""
        self._reader = gevent.spawn(self._receive)

    def stop(self) -> None:
        """Close the port."""
        self._closed = True
        if self._reader is not None:
            self._reader.kill()
        for server in self._servers.values():
            gevent.killall(server.timers, block=False)
        for client in self._clients.values():
            if client.timer is not None:
                client.timer.kill(block=False)
        self._sock.close()

    def via(self, branch: str) -> str:
        """Our Via header."""
        return f"SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch}"

    # Receiving

    def _receive(self) -> None:
        while True:
            try:
                data, source = self._sock.recvfrom(65535)
            except OSError:
                if self._closed:
                    return
                self._refused()
                continue
            if not data.strip(b"\r\n\x00 "):
                continue
            try:
                self._received(data, source)
            except ValueError as error:
                log.debug("malformed SIP from %s:%s: %s", *source, error)
            except Exception:
                log.exception("SIP message from %s:%s could not be handled", *source)

    def _refused(self) -> None:
        try:
            data, _, _, _ = self._sock.recvmsg(4096, 1024, _MSG_ERRQUEUE | plain_socket.MSG_DONTWAIT)
            message = parse_message(data)
        except (OSError, ValueError):
            return
        if isinstance(message, Request):
            client = self._clients.get((_branch_of(message), message.method))
            if client is not None:
                self._finish_locally(client, 503)

    def _received(self, data: bytes, source: Address) -> None:
        message = parse_message(data)
        if isinstance(message, Response):
            self._received_response(message)
            return
        # Two peers may choose the same branch, so the call belongs to the key; RFC 2543 peers send no branch at all.
        branch = f"{_branch_of(message)}/{message.headers['Call-ID']}/{cseq_of(message)[0]}"
        method = message.method
        if method == "ACK":
            server = self._servers.get((branch, "INVITE"))
            if server is not None:
                server.acknowledged = True
            if server is None or server.final_code < 300:
                self._on_request(ServerTransaction(message, source, (branch, "ACK"), source))
            return
        known = self._servers.get((branch, method))
        if known is not None:
            if known.last is not None:
                self._send(known.last, known.reply_to)
            return
        server = ServerTransaction(message, source, (branch, method), self._reply_address(message, source))
        self._servers[server.key] = server
        server.timers.append(gevent.spawn_later(self.life, self._expire, server.key))
        try:
            self._on_request(server)
        except ValueError as error:
            log.debug("malformed %s from %s:%s: %s", method, *source, error)
            if not server.final_code:
                self.respond(server, response_to(message, 400, tag="malformed"))

    def _expire(self, key: tuple[str, str]) -> None:
        self._servers.pop(key, None)

    def _received_response(self, response: Response) -> None:
        branch = _branch_of(response)
        method = cseq_of(response)[1]
        client = self._clients.get((branch, method))
        if client is None or (client.done and method != "INVITE"):
            return
        if response.code < 200:
            client.provisional = True
        else:
            if method == "INVITE" and response.code >= 300:
                self._acknowledge_refusal(client, response)
            if client.done:
                # A repeated 200: its ACK was lost, so the dialog sends it again.
                if response.code < 300:
                    client.on_response(response)
                return
            client.done = True
            gevent.spawn_later(self.life, self._forget, (branch, method))
        client.on_response(response)

    def _forget(self, key: tuple[str, str]) -> None:
        self._clients.pop(key, None)

    def _acknowledge_refusal(self, client: ClientTransaction, response: Response) -> None:
        ack = Request(method="ACK", uri=client.request.uri)
        ack.headers.set("Via", client.request.headers["Via"])
        for name in ("From", "Call-ID"):
            ack.headers.set(name, client.request.headers[name])
        ack.headers.set("To", response.headers["To"])
        ack.headers.set("CSeq", f"{cseq_of(response)[0]} ACK")
        ack.headers.set("Max-Forwards", "70")
        ack.headers.set("Content-Length", "0")
        self._send(bytes_of(ack), client.target)

    def _reply_address(self, request: Request, source: Address) -> Address:
        """Where responses go: back to the source (RFC 3581), which also serves those behind an address translator."""
        via = request.headers["Via"]
        host, port = source
        if not re.search(r";\s*rport\b", via, re.IGNORECASE):
            match = re.match(r"SIP\s*/\s*2\.0\s*/\s*UDP\s+([^;\s]+)", via, re.IGNORECASE)
            sent_by = match.group(1) if match else ""
            if re.search(r":\d+$", sent_by):
                port = int(sent_by.rpartition(":")[2])
            elif sent_by:
                port = 5060
        else:
            marked = re.sub(r";\s*rport(?:=[^;,]*)?", f";rport={source[1]};received={source[0]}", via, count=1)
            vias = [marked, *request.headers.getlist("Via")[1:]]
            request.headers.setlist("Via", vias)
        return host, port

    # Sending

    def respond(self, server: ServerTransaction, response: Response) -> None:
        """Answer a request; a final answer to INVITE is repeated until its ACK comes."""
        if server.final_code:
            return
        server.last = bytes_of(response)
        self._send(server.last, server.reply_to)
        if response.code >= 200:
            server.final_code = response.code
            if server.key[1] == "INVITE":
                server.timers.append(gevent.spawn(self._repeat, server))

    def _repeat(self, server: ServerTransaction) -> None:
        pause, spent = self._t1, 0.0
        while spent < self.life:
            gevent.sleep(pause)
            if server.acknowledged or server.last is None:
                return
            spent += pause
            self._send(server.last, server.reply_to)
            pause = min(2 * pause, _T2)

    def request(self, request: Request, target: Address, on_response: Callable[[Response], None]) -> ClientTransaction:
        """Send a request; `on_response` gets every response, or a 408 or 503 of our own."""
        branch = new_branch()
        request.headers.setlist("Via", [self.via(branch)])
        client = ClientTransaction(request, bytes_of(request), target, on_response, request.method, branch)
        self._clients[branch, client.method] = client
        client.timer = gevent.spawn(self._resend, client)
        return client

    def cancel(self, client: ClientTransaction) -> None:
        """Send the CANCEL of an INVITE, in its own transaction on the same branch."""
        cancel = Request(method="CANCEL", uri=client.request.uri)
        for name in ("Via", "From", "To", "Call-ID", "Route"):
            value = client.request.headers.get(name)
            if value:
                cancel.headers.set(name, value)
        cancel.headers.set("CSeq", f"{cseq_of(client.request)[0]} CANCEL")
        cancel.headers.set("Max-Forwards", "70")
        cancel.headers.set("Content-Length", "0")
        other = ClientTransaction(cancel, bytes_of(cancel), client.target, lambda _: None, "CANCEL", client.branch)
        self._clients[client.branch, "CANCEL"] = other
        other.timer = gevent.spawn(self._resend, other)

    def send_ack(self, ack: Request, target: Address) -> None:
        """Send the ACK of a 200, which is no transaction."""
        ack.headers.setlist("Via", [self.via(new_branch())])
        self._send(bytes_of(ack), target)

    def _resend(self, client: ClientTransaction) -> None:
        pause, spent = self._t1, 0.0
        while not client.done and not (client.provisional and client.method == "INVITE") and spent < self.life:
            self._send(client.data, client.target)
            gevent.sleep(pause)
            spent += pause
            pause = min(2 * pause, _T2 if client.method != "INVITE" else self.life)
        if not client.done and not client.provisional:
            self._finish_locally(client, 408)

    def _finish_locally(self, client: ClientTransaction, code: int) -> None:
        if client.done:
            return
        client.done = True
        self._clients.pop((client.branch, client.method), None)
        client.on_response(response_to(client.request, code))

    def _send(self, data: bytes, target: Address) -> None:
        try:
            self._sock.sendto(data, target)
        except OSError as error:
            log.debug("SIP to %s:%s not sent: %s", *target, error)


def _branch_of(message: Request | Response) -> str:
    match = re.search(r";\s*branch\s*=\s*([^;,\s]+)", message.headers["Via"], re.IGNORECASE)
    return match.group(1) if match else ""
