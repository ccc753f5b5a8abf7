"""Servers on free ports."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.shell.serving.server import Server
from tests.shell.serving.conversation import Conversation

Serve = Callable[..., Server]


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """An application that gives back the body, and tells its length and type."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("X-Body-Length", environ["CONTENT_LENGTH"])])
    return [body]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server for an application; stops it in the end."""
    started: list[Server] = []

    def run(application: Any = echo, **options: Any) -> Server:
        server = Server(application, "127.0.0.1", 0, **options)
        server.start()
        started.append(server)
        return server

    yield run
    for server in started:
        server.stop(1.0)


@pytest.fixture
def talk() -> Iterator[Callable[[Server], Conversation]]:
    """Opens conversations; closes them in the end."""
    opened: list[Conversation] = []

    def to(server: Server) -> Conversation:
        opened.append(Conversation(server.server_port))
        return opened[-1]

    yield to
    for conversation in opened:
        conversation.close()
