"""A connection: whole requests in time are served, everything else is refused, told why, and cut off."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from gevent.event import Event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api.frame import MOST_BODY
from engine.shell.serving import connection
from engine.shell.serving.server import Server
from tests.shell.serving.conftest import Serve
from tests.shell.serving.conversation import HEAD, Conversation

Talk = Callable[[Server], Conversation]
GET = b"GET /a" + HEAD
POST = b"POST /a" + HEAD


def test_requests_follow_each_other_on_one_connection(serve: Serve, talk: Talk) -> None:
    client = talk(serve())
    for text in (b"one", b"two"):
        assert client.ask(POST + b"Content-Length: 3\r\n\r\n" + text).body == text


def test_two_requests_at_once_are_two_replies(serve: Serve, talk: Talk) -> None:
    client = talk(serve())
    client.say(POST + b"Content-Length: 1\r\n\r\n1" + POST + b"Content-Length: 1\r\n\r\n2")
    assert [client.hear().body, client.hear().body] == [b"1", b"2"]


def test_replies_do_not_wait_for_acknowledgements(serve: Serve, talk: Talk) -> None:
    server = serve()
    talk(server).get("/")
    (open_,) = server.connections
    assert open_.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


@pytest.mark.parametrize("chunks", [b"3\r\nabc\r\n0\r\n\r\n", b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\nTrailer: t\r\n\r\n"])
def test_a_body_in_chunks_is_put_together(serve: Serve, talk: Talk, chunks: bytes) -> None:
    client = talk(serve())
    reply = client.ask(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert (reply.body, reply.headers["X-Body-Length"]) == (b"abc", "3")
    assert client.get("/").status == 200


def test_a_client_that_asks_first_is_told_to_go_on(serve: Serve, talk: Talk) -> None:
    client = talk(serve())
    assert client.ask(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n").status == 100
    assert client.say(b"abc").hear().body == b"abc"


def test_a_client_that_wants_to_close_is_let_go(serve: Serve, talk: Talk) -> None:
    client = talk(serve())
    assert client.get("/", "Connection: close").headers["Connection"] == "close"
    assert client.is_over()


REFUSED = {
    "no request": (400, b"\x16\x03\x01\x02\x00\x01\r\n\r\n"),
    "no version": (400, b"GET /\r\n\r\n"),
    "another version": (400, b"GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two hosts": (400, GET + b"Host: b\r\n\r\n"),
    "no slash": (400, b"GET http://elsewhere/a" + HEAD + b"\r\n"),
    "a strange method": (400, b"G\xc3T /" + HEAD + b"\r\n"),
    "no header": (400, GET + b"no header\r\n\r\n"),
    "a folded header": (400, GET + b"A: b\r\n c\r\n\r\n"),
    "two lengths": (400, POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "a length and chunks": (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a signed length": (400, POST + b"Content-Length: +1\r\n\r\na"),
    "a negative length": (400, POST + b"Content-Length: -1\r\n\r\n"),
    "a length in words": (400, POST + b"Content-Length: one\r\n\r\n"),
    "a length too long to read": (400, POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"),
    "another encoding": (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "two encodings": (501, POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    "broken chunks": (400, POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"),
    "a huge chunk size": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n"),
    "another expectation": (400, POST + b"Expect: miracles\r\nContent-Length: 1\r\n\r\na"),
    "a long address": (414, b"GET /" + b"a" * 10_000 + HEAD + b"\r\n"),
    "a long header": (431, GET + b"A: " + b"a" * 70_000 + b"\r\n\r\n"),
    "many headers": (431, GET + b"".join(b"A%d: b\r\n" % n for n in range(200)) + b"\r\n"),
    "a large body": (413, POST + b"Content-Length: %d\r\n\r\n" % (MOST_BODY + 1) + b"a" * (MOST_BODY + 1)),
    "large chunks": (
        413, POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (MOST_BODY + 10) + b"a" * (MOST_BODY + 10) + b"\r\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_clear_request_is_refused_and_cut_off(serve: Serve, talk: Talk, name: str) -> None:
    status, text = REFUSED[name]
    server = serve()
    client = talk(server)
    reply = client.ask(text)
    assert (reply.status, sorted(reply.json)) == (status, ["error", "message"])
    assert reply.headers["Content-Type"] == "application/json"
    assert client.is_over()
    assert talk(server).get("/").status == 200


def test_the_largest_body_is_taken(serve: Serve, talk: Talk) -> None:
    reply = talk(serve()).ask(POST + b"Content-Length: %d\r\n\r\n" % MOST_BODY + b"a" * MOST_BODY)
    assert len(reply.body) == MOST_BODY


SLOW = {
    "HEAD_TIME": (408, b"GET / HT"),
    "BODY_TIME": (408, POST + b"Content-Length: 10\r\n\r\nabc"),
}


@pytest.mark.parametrize("bound", SLOW)
def test_a_slow_sender_is_cut_off(serve: Serve, talk: Talk, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, bound, 0.1)
    status, text = SLOW[bound]
    client = talk(serve())
    assert client.ask(text).status == status
    assert client.is_over()


def test_one_who_drips_headers_gains_no_time(serve: Serve, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_TIME", 0.3)
    client = talk(serve())
    client.say(GET)
    client.socket.settimeout(0.02)
    heard = b""
    for number in range(500):
        try:
            client.say(b"A%d: b\r\n" % number)
            heard += client.socket.recv(1000)
        except TimeoutError:
            continue
        except OSError:
            break
        break
    assert heard.startswith(b"HTTP/1.1 408")


def test_one_who_says_nothing_is_let_go(serve: Serve, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE", 0.1)
    assert talk(serve()).is_over()


def test_a_client_that_does_not_read_is_cut_off(serve: Serve, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SEND_TIME", 0.1)
    ended = []

    def endless(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * 65536
        finally:
            ended.append(True)

    server = serve(endless)
    client = talk(server)
    client.say(GET + b"\r\n")
    deadline = connection.time.time() + 10
    while not ended and connection.time.time() < deadline:
        connection.gevent.sleep(0.02)
    assert ended


def test_a_stream_ends_with_the_first_piece_after_its_client_has_left(serve: Serve, talk: Talk) -> None:
    sent: list[int] = []
    asked, gone, ended = Event(), Event(), Event()

    def stream(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        try:
            yield b"first"
            asked.set()
            gone.wait(10)
            for number in range(100):
                sent.append(number)
                yield b"more"
        finally:
            ended.set()

    client = talk(serve(stream)).say(GET + b"\r\n")
    assert asked.wait(5)
    client.close()
    gone.set()
    assert ended.wait(5)
    assert sent == [0]


def test_a_body_that_ends_early_reaches_nobody(serve: Serve, talk: Talk) -> None:
    asked = []

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        asked.append(True)
        start_response("200 OK", [])
        return [b""]

    client = talk(serve(application)).say(POST + b"Content-Length: 10\r\n\r\nabc")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.hear().status == 400
    assert asked == []


def test_an_application_that_breaks_is_a_500(serve: Serve, talk: Talk) -> None:
    def application(_environ: Any, _start_response: Any) -> list[bytes]:
        raise RuntimeError("broken")

    with structlog.testing.capture_logs() as lines:
        reply = talk(serve(application)).get("/")
    assert (reply.status, reply.json["error"]) == (500, "internal_error")
    assert any("broken" in str(line.get("error")) for line in lines)
    assert [line["status"] for line in lines if line["event"] == "request"] == [500]


def test_a_line_is_written_without_what_is_secret(serve: Serve, talk: Talk) -> None:
    server = serve()
    with structlog.testing.capture_logs() as lines:
        talk(server).get("/v1/calls?key=hidden1", "X-API-Key: hidden2", "Cookie: hidden3")
    (line,) = (line for line in lines if line["event"] == "request")
    assert (line["method"], line["path"], line["status"], line["peer"]) == ("GET", "/v1/calls", 200, "127.0.0.1")
    assert "hidden" not in str(lines)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(min_size=1, max_size=300))
def test_no_bytes_hurt_the_server(serve: Serve, text: bytes) -> None:
    server = serve()
    client = Conversation(server.server_port)
    client.say(text + b"\r\n\r\n")
    client.socket.shutdown(socket.SHUT_WR)
    client.socket.settimeout(10)
    heard = client._file.read()
    client.close()
    server.stop(0.1)
    assert heard == b"" or heard.startswith(b"HTTP/1.1 ")
    assert b"500" not in heard[:20]
