"""An event socket that does as a test says: it answers by a table, stays silent, cuts bytes where it is told to."""

from collections.abc import Callable
from typing import Any

import gevent
from gevent import socket
from gevent.server import StreamServer

from tests.esl.frames import ACCEPTED, AUTH_REQUEST, event_frame, reply, response
from tests.shell.waiting import eventually

PASSWORD = "hush-7421"
Answer = bytes | str | None | Callable[[str], "Answer"]
"""Bytes to send as they are, a text to send as the fitting reply, None for silence."""


class Peer:
    """One connection of a client."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received: list[str] = []
        """Every command block, with its body behind an empty line."""

    @property
    def events(self) -> bool:
        """Whether it asked for events."""
        return any(block.startswith("event ") for block in self.received)

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def cut(self) -> None:
        """Close the connection at once."""
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


class ScriptedSwitch:
    """Listens on a free port; `answers` says what is replied to a block that begins with a text."""

    def __init__(self, *, password: str = PASSWORD, core: str = "core-1") -> None:
        self.password = password
        self.core = core
        self.peers: list[Peer] = []
        self.greeting: bytes | None = AUTH_REQUEST
        self.answers: dict[str, Answer] = {}
        self.port = 0
        self._server: StreamServer | None = None

    def start(self) -> None:
        """Listen, on the same port as before after a stop."""
        self._server = StreamServer(("127.0.0.1", self.port), self._serve)
        self._server.start()
        self.port = self._server.server_port

    def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        for peer in self.peers:
            try:
                peer.cut()
            except OSError:
                continue
        self.peers.clear()

    # What tests look at and say

    def events_peer(self) -> Peer:
        """The live connection that asked for events."""
        return eventually(lambda: next((peer for peer in self.peers if peer.events), None), "a subscription")

    def commands_peer(self) -> Peer:
        """The live connection that carries commands."""
        return eventually(
            lambda: next((peer for peer in self.peers if len(peer.received) > 1 and not peer.events), None), "commands"
        )

    def tell(self, *events: dict[str, Any]) -> None:
        """Send events, in one piece."""
        self.events_peer().say(b"".join(event_frame(event) for event in events))

    # One connection

    def _serve(self, sock: socket.socket, _address: object) -> None:
        peer = Peer(sock)
        self.peers.append(peer)
        try:
            if self.greeting is None:
                gevent.sleep(3600)
            peer.say(self.greeting or b"")
            buffer = b""
            while data := sock.recv(65536):
                buffer += data
                while (block := self._block(buffer)) is not None:
                    buffer = buffer[len(block) :]
                    text = block.decode().removesuffix("\n\n")
                    peer.received.append(text)
                    self._answer(peer, text)
        except OSError:
            pass
        finally:
            if peer in self.peers:
                self.peers.remove(peer)
            sock.close()

    def _block(self, buffer: bytes) -> bytes | None:
        head, end, rest = buffer.partition(b"\n\n")
        if not end:
            return None
        lengths = [line for line in head.split(b"\n") if line.lower().startswith(b"content-length:")]
        length = int(lengths[0].split(b":")[1]) if lengths else 0
        return head + end + rest[:length] if len(rest) >= length else None

    def _answer(self, peer: Peer, block: str) -> None:
        answer: Answer = self.usual(block)
        for beginning, given in self.answers.items():
            if block.startswith(beginning):
                answer = given(block) if callable(given) else given
        if isinstance(answer, str):
            answer = response(answer) if block.startswith("api ") else reply(answer)
        if isinstance(answer, bytes):
            peer.say(answer)
        if block == "exit":
            peer.cut()

    def usual(self, block: str) -> Answer:
        """What FreeSWITCH would reply to a block."""
        word = block.split(" ", 1)[0]
        if word == "auth":
            return ACCEPTED if block == f"auth {self.password}" else reply("-ERR invalid")
        if word == "event":
            return "+OK event listener enabled json"
        if block == "api global_getvar core_uuid":
            return self.core
        if block == "api version":
            return "FreeSWITCH Version 1.10.12-release~64bit"
        if block == "api show channels as json":
            return '{"row_count":0}'
        if word == "bgapi":
            return "+OK Job-UUID: " + block.rpartition("Job-UUID: ")[2]
        return "+OK"
