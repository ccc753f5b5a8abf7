"""A client that says exactly the bytes it is told to, and hears what comes back."""

import socket
from dataclasses import dataclass
from typing import Any

import orjson

HEAD = b" HTTP/1.1\r\nHost: test\r\n"
PATIENCE = 10.0


@dataclass
class Reply:
    """One reply as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Conversation:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._file = self.socket.makefile("rb")

    def say(self, text: bytes) -> "Conversation":
        self.socket.sendall(text)
        return self

    def hear(self) -> Reply:
        """The next reply, of a length it tells."""
        line = self._file.readline()
        assert line, "the server hung up"
        headers = {}
        while (header := self._file.readline().strip()) != b"":
            name, _, value = header.decode("latin-1").partition(": ")
            headers[name] = value
        body = self._file.read(int(headers.get("Content-Length", "0")))
        return Reply(int(line.split()[1]), headers, body)

    def ask(self, text: bytes) -> Reply:
        return self.say(text).hear()

    def get(self, path: str, *headers: str) -> Reply:
        return self.ask(f"GET {path}".encode() + HEAD + "".join(f"{h}\r\n" for h in headers).encode() + b"\r\n")

    def is_over(self) -> bool:
        """Whether the server ends the connection; waits for it."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._file.close()
        self.socket.close()
