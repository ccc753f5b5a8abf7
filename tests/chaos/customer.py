"""A customer's server: real HTTP on a free port, which writes down what it gets and answers each path its own way."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from typing import Any

import gevent
import orjson
from gevent.server import StreamServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILED = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Got:
    """One request."""

    path: str
    event: str
    call: str
    n: int
    attempt: int
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


class Customer:
    """`/good...` takes everything; `/hang`, `/drip`, `/close`, `/fail` do as they are called."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.think = 0.0
        """Seconds `/good` thinks."""
        self._server = StreamServer(("127.0.0.1", 0), self._serve, backlog=1024)
        self._server.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{path}"

    def close(self) -> None:
        self._server.stop(0.1)

    def events(self, path: str) -> list[str]:
        """The events a path got, each where it came first."""
        return list(dict.fromkeys(one.event for one in self.got if one.path == f"/{path}"))

    def numbers(self, path: str) -> dict[str, list[int]]:
        """By call: the numbers of its events, each where it came first."""
        found: dict[str, list[int]] = {}
        for one in self.got:
            if one.path == f"/{path}" and one.n not in found.setdefault(one.call, []):
                found[one.call].append(one.n)
        return found

    def _serve(self, peer: socket.socket, _address: Any) -> None:
        stream = peer.makefile("rb")
        try:
            while line := stream.readline():
                path = line.split()[1].decode()
                headers = {}
                while (text := stream.readline().strip().decode()) != "":
                    name, _, value = text.partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers["content-length"]))
                told = orjson.loads(body)
                attempt = int(headers["webhook-attempt"])
                self.got.append(Got(path, headers["webhook-id"], told["call"], told["n"], attempt, headers, body))
                if not self._answer(peer, path):
                    return
        except OSError:
            pass  # who sent it was killed
        finally:
            stream.close()
            peer.close()

    def _answer(self, peer: socket.socket, path: str) -> bool:
        if path.startswith("/hang"):
            gevent.sleep(60)
        elif path.startswith("/drip"):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                gevent.sleep(0.2)
                peer.sendall(b".")
        elif path.startswith("/close"):
            return False
        elif path.startswith("/fail"):
            peer.sendall(FAILED)
        else:
            gevent.sleep(self.think)
            peer.sendall(OK)
        return True
