"""A receiver of webhooks that behaves as its path says, well or badly, and remembers what it got."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.server import StreamServer


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int
    number: int
    """Which request of its connection it is, from 1."""


Say = Callable[[Any, Got], bool]


def answer(connection: Any, status: str = "200 OK", body: bytes = b"ok", *headers: str) -> bool:
    """A plain answer; the connection goes on."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return True


def _raw(text: bytes) -> Say:
    def say(connection: Any, _: Got) -> bool:
        connection.sendall(text)
        return False

    return say


def _drip(connection: Any, _: Got) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegun")
    while True:
        gevent.sleep(0.05)
        connection.sendall(b".")


def _drip_headers(connection: Any, _: Got) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        gevent.sleep(0.05)
        connection.sendall(b"X-More: 1\r\n")


def _megabytes(connection: Any, _: Got) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
    for _megabyte in range(50):
        connection.sendall(b"x" * 1_000_000)
    return True


def _endless_chunks(connection: Any, _: Got) -> bool:
    connection.sendall(b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1000\r\n" + b"y" * 4096 + b"\r\n")


def _hang(connection: Any, _: Got) -> bool:
    connection.recv(1)
    return False


def _once(connection: Any, got: Got) -> bool:
    return got.number == 1 and answer(connection)


SAYS: dict[str, Say] = {
    "/": lambda connection, _: answer(connection),
    "/hang": _hang,
    "/drip": _drip,
    "/drip-headers": _drip_headers,
    "/megabytes": _megabytes,
    "/endless-chunks": _endless_chunks,
    "/once": _once,
    "/quiet-close": lambda connection, _: answer(connection) and False,
    "/close": _raw(b""),
    "/half": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
    "/half-chunk": _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf"),
    "/half-head": _raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "/garbage": _raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "/long-header": _raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
    "/many-headers": _raw(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n"),
    "/until-close": _raw(b"HTTP/1.0 200 OK\r\n\r\nthe end"),
    "/chunked": _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
    "/early-hints": _raw(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "/continue": _raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "/nothing": _raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "/redirect": lambda connection, _: answer(connection, "307 Temporary Redirect", b"", "Location: /elsewhere"),
    "/busy": lambda connection, _: answer(connection, "503 Busy", b"later", "Retry-After: 120"),
    "/bytes": lambda connection, _: answer(connection, "400 Bad Request", b"\xff\xfeno"),
}


class Receiver:
    """A server on a free port. Paths are those of SAYS; `/status/N` answers N."""

    def __init__(self, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.got: list[Got] = []
        self.connections = 0
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, 0), family=family)
        self._server = (
            StreamServer(listener, self._serve) if tls is None else StreamServer(listener, self._serve, ssl_context=tls)
        )
        self._scheme = "http" if tls is None else "https"
        self._server.start()
        self.port = self._server.server_port or 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Where one way to behave is found."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def stop(self) -> None:
        """Stop, and end every connection."""
        self._server.stop(timeout=0)

    def _serve(self, connection: Any, _: Any) -> None:
        self.connections += 1
        reader, own, number = connection.makefile("rb"), self.connections, 0
        try:
            while (line := reader.readline().decode().strip()) != "":
                headers = {}
                while (header := reader.readline().decode("latin-1").strip()) != "":
                    name, _, value = header.partition(": ")
                    headers[name] = value
                number += 1
                body = reader.read(int(headers.get("content-length", "0")))
                got = Got(line, headers, body, own, number)
                self.got.append(got)
                path = line.split(" ")[1]
                if path.startswith("/status/"):
                    answer(connection, f"{path.removeprefix('/status/')} As Asked")
                elif not SAYS[path](connection, got):
                    return
        except OSError:
            return  # who asked did not wait
        finally:
            reader.close()
            connection.close()
