"""The server: its connections are bounded, and it ends in order."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent.event import Event

from engine.core.errors import SettingsError
from engine.shell.serving.server import Server
from tests.shell.serving.conftest import Serve
from tests.shell.serving.conversation import HEAD, Conversation

Talk = Callable[[Server], Conversation]


class Slow:
    """An application that answers when it is let."""

    def __init__(self) -> None:
        self.asked = Event()
        self.let = Event()

    def __call__(self, _environ: Any, start_response: Any) -> list[bytes]:
        self.asked.set()
        self.let.wait(10)
        start_response("200 OK", [])
        return [b"done"]


def test_a_port_that_is_taken_is_told() -> None:
    first = Server(Slow(), "127.0.0.1", 0)
    first.start()
    with pytest.raises(
        SettingsError, match=r"^api\.host, api\.port: cannot listen at 127\S+ \(Address already in use\); stop"
    ):
        Server(Slow(), "127.0.0.1", first.server_port).start()
    first.stop(0)


def test_no_more_connections_than_allowed_are_served_at_once(serve: Serve, talk: Talk) -> None:
    slow = Slow()
    server = serve(slow, connections=1)
    first, second = talk(server), talk(server)
    first.say(b"GET /" + HEAD + b"Connection: close\r\n\r\n")
    assert slow.asked.wait(5)
    second.say(b"GET /" + HEAD + b"\r\n")
    gevent.idle()
    assert len(server.connections) == 1
    slow.let.set()
    assert first.hear().body == second.hear().body == b"done"


def test_stopping_lets_a_request_end_and_rests_at_none(serve: Serve, talk: Talk) -> None:
    slow = Slow()
    server = serve(slow)
    busy, idle = talk(server), talk(server)
    idle.say(b"GET /" + HEAD + b"\r\n")
    assert slow.asked.wait(5)
    slow.let.set()
    assert idle.hear().status == 200
    slow.let.clear()
    slow.asked.clear()
    busy.say(b"GET /" + HEAD + b"\r\n")
    assert slow.asked.wait(5)
    stopping = gevent.spawn(server.stop, 10.0)
    assert idle.is_over()
    slow.let.set()
    reply = busy.hear()
    assert (reply.body, reply.headers["Connection"]) == (b"done", "close")
    assert busy.is_over()
    stopping.get(timeout=5)
    assert not server.connections
    with pytest.raises(ConnectionRefusedError):
        Conversation(server.server_port)


def test_stopping_cuts_off_what_never_ends(serve: Serve, talk: Talk) -> None:
    slow = Slow()
    server = serve(slow)
    client = talk(server).say(b"GET /" + HEAD + b"\r\n")
    assert slow.asked.wait(5)
    server.stop(0.05)
    assert client.hear().json["error"] == "stopping"
    assert client.is_over()


def test_it_tells_of_every_request(talk: Talk) -> None:
    told: list[tuple[str, int]] = []
    slow = Slow()
    slow.let.set()
    server = Server(slow, "127.0.0.1", 0, answered=lambda method, status, seconds: told.append((method, status)))
    server.start()
    client = talk(server)
    client.get("/")
    client.ask(b"nonsense\r\n\r\n")
    server.stop(1)
    assert told == [("GET", 200), ("", 400)]
