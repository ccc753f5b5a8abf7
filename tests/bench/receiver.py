"""A customer's server as cheap as it can be: it takes webhooks, answers 204 and keeps how old each one was.

Run as a program: it prints its port and the port of a dead one (which takes connections and never answers), and for
each line read from standard input one JSON object: by path, the ages in milliseconds since the last such line.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

from gevent.fileobject import FileObjectPosix  # noqa: E402
from gevent.server import StreamServer  # noqa: E402

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
SENT = b'"sent":'

ages: dict[str, list[float]] = {}


def _serve(peer: socket.socket, _address: object) -> None:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = b""
    while chunk := peer.recv(65536):
        waiting += chunk
        while (end := waiting.find(b"\r\n\r\n")) >= 0:
            head = waiting[:end].lower()
            at = head.index(b"content-length:") + 15
            size = int(head[at : head.find(b"\r", at) if b"\r" in head[at:] else None])
            if len(waiting) < end + 4 + size:
                break
            body, waiting = waiting[end + 4 : end + 4 + size], waiting[end + 4 + size :]
            peer.sendall(OK)
            _note(head.split(b" ", 2)[1].decode(), body)


def _note(path: str, body: bytes) -> None:
    at = body.find(SENT) + len(SENT)
    sent = float(body[at : min(end for end in (body.find(b",", at), body.find(b"}", at)) if end > 0)])
    ages.setdefault(path, []).append((time.time() - sent) * 1000)


def main() -> None:
    """Serve until standard input ends."""
    server = StreamServer(("127.0.0.1", 0), _serve, backlog=512)
    server.start()
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))
    dead.listen(512)
    print(json.dumps([server.server_port, dead.getsockname()[1]]), flush=True)
    orders = FileObjectPosix(sys.stdin.fileno(), "rb", close=False)
    while orders.readline():
        print(json.dumps(ages), flush=True)
        ages.clear()


if __name__ == "__main__":
    main()
