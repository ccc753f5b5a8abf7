"""Requests of flows against a real server: deadlines, bounds, errors by name, secrets."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pywsgi import WSGIServer
from gevent.server import StreamServer

from engine.config import Settings, load_settings
from engine.core.effects import HttpCall
from engine.core.errors import ProviderError
from engine.shell.http import Http, post_bytes
from engine.shell.metrics import Metrics
from engine.shell.telemetry import clean_text

Start = Callable[[str, list[tuple[str, str]]], None]


def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/moved":
        start("302 Found", [("Location", "/json")])
        return [b""]
    if path == "/status":
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no such customer"]
    if path == "/large":
        start("200 OK", [])
        return (b"x" * 1000 for _ in range(1000))
    if path == "/latin":
        start("200 OK", [("Content-Type", "text/plain; charset=iso-8859-1")])
        return ["caf\u00e9".encode("latin-1")]
    if path == "/bytes":
        start("200 OK", [])
        return [b"\xff\xfe\x00"]
    if path == "/packed":
        start("200 OK", [("Content-Encoding", "gzip")])
        return [b"\x1f\x8b"]
    if path == "/half-characters":
        start("200 OK", [("Content-Type", "text/plain; charset=unicode_escape")])
        return [b"\\ud800"]
    if path == "/unknown-charset":
        start("200 OK", [("Content-Type", "text/plain; charset=klingon")])
        return [b"x"]
    start("200 OK", [("Content-Type", "application/json"), ("X-Method", environ["REQUEST_METHOD"])])
    seen = environ.get("HTTP_AUTHORIZATION", ""), environ.get("HTTP_X_NAME", ""), environ.get("HTTP_X_API_KEY", "")
    return ["|".join((*seen, environ["wsgi.input"].read().decode())).encode()]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = WSGIServer(("127.0.0.1", 0), answer, log=None)
    server.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environment={"SWITCHBOARD_HTTP__SECRETS_DIR": str(tmp_path)}, directory=tmp_path)


@pytest.fixture
def http(settings: Settings) -> Iterator[Http]:
    client = Http(settings, environment={"SWITCHBOARD_SECRET_CRM_TOKEN": "t0ken-of-crm"})
    yield client
    client.close()


def raw_server(talk: Callable[[socket.socket], None]) -> StreamServer:
    """A server that says exactly what `talk` sends."""

    def serve(connection: socket.socket, _: Any) -> None:
        connection.recv(65536)
        talk(connection)

    server = StreamServer(("127.0.0.1", 0), serve)
    server.start()
    return server


def test_a_reply_of_any_status_is_a_value(http: Http, url: str) -> None:
    reply = http.perform(HttpCall("POST", f"{url}/json", body='{"a": "\u00e9"}'))
    assert (reply.status, reply.error) == (200, "")
    assert reply.headers["x-method"] == "POST"
    assert reply.body.endswith('|{"a": "\u00e9"}')
    missing = http.perform(HttpCall("GET", f"{url}/status"))
    assert (missing.status, missing.body, missing.error) == (404, "no such customer", "")


def test_redirects_are_not_followed(http: Http, url: str) -> None:
    reply = http.perform(HttpCall("GET", f"{url}/moved"))
    assert (reply.status, reply.headers["location"]) == (302, "/json")


def test_the_proxy_of_whoever_started_the_engine_is_not_used(
    http: Http, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert http.perform(HttpCall("GET", url)).status == 200


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/large", "http.too_large"),
        ("/bytes", "http.body"),
        ("/packed", "http.body"),
        ("/unknown-charset", "http.body"),
        ("/half-characters", "http.body"),
    ],
)
def test_what_is_wrong_with_a_reply_has_a_name(http: Http, url: str, path: str, error: str) -> None:
    reply = http.perform(HttpCall("GET", url + path, max_body=5000))
    assert (reply.status, reply.error) == (200, error)
    assert reply.detail
    assert reply.body == ""


def test_the_installation_bounds_what_flows_ask_for(tmp_path: Path, url: str) -> None:
    bounded = load_settings(environment={"SWITCHBOARD_HTTP__MAX_BODY": "100"}, directory=tmp_path)
    assert Http(bounded).perform(HttpCall("GET", f"{url}/large", max_body=10**9)).error == "http.too_large"


def test_the_stated_character_set_is_used(http: Http, url: str) -> None:
    assert http.perform(HttpCall("GET", f"{url}/latin")).body == "caf\u00e9"


def test_nobody_there(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    reply = http.perform(HttpCall("GET", f"http://127.0.0.1:{port}/"))
    assert (reply.status, reply.error) == (0, "http.connect")
    assert "refused" in reply.detail


@pytest.mark.parametrize(
    "bad", ["nonsense", "ftp://h/x", "http://", "http://[::1", "http://h:99999/", "file:///etc/passwd"]
)
def test_no_address_is_a_failure_to_connect(http: Http, bad: str) -> None:
    assert http.perform(HttpCall("GET", bad)).error == "http.connect"


def test_a_header_that_would_forge_another_is_refused(http: Http, url: str) -> None:
    assert http.perform(HttpCall("GET", url, headers={"X-Name": "a\r\nX-Api-Key: b"})).error == "http.connect"


def test_a_silent_server_is_a_timeout(http: Http) -> None:
    server = raw_server(lambda connection: gevent.sleep(600))
    reply = http.perform(HttpCall("GET", f"http://127.0.0.1:{server.server_port}/", timeout=0.2))
    server.stop()
    assert (reply.status, reply.error) == (0, "http.timeout")


def test_a_server_that_drips_meets_the_deadline_of_the_whole(http: Http) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            gevent.sleep(0.02)

    server = raw_server(drip)
    reply = http.perform(HttpCall("GET", f"http://127.0.0.1:{server.server_port}/", timeout=0.3))
    server.stop()
    assert reply.error == "http.timeout"


def test_a_reply_cut_short(http: Http) -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf")
        connection.close()

    server = raw_server(cut)
    reply = http.perform(HttpCall("GET", f"http://127.0.0.1:{server.server_port}/"))
    server.stop()
    assert reply.error == "http.body"


def test_a_certificate_nobody_vouches_for(http: Http, tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out", f"{pem}.crt", "-days", "1",
         "-subj", "/CN=127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{pem}.crt", pem)
    server = WSGIServer(("127.0.0.1", 0), answer, log=None, error_log=None, ssl_context=context)
    server.start()
    reply = http.perform(HttpCall("GET", f"https://127.0.0.1:{server.server_port}/"))
    server.stop()
    assert reply.error == "http.tls"


def test_others_are_served_meanwhile(http: Http, url: str) -> None:
    server = raw_server(lambda connection: gevent.sleep(600))
    slow = gevent.spawn(http.perform, HttpCall("GET", f"http://127.0.0.1:{server.server_port}/", timeout=30))
    assert http.perform(HttpCall("GET", url)).status == 200
    assert not slow.ready()
    slow.kill()
    server.stop()
    assert http.perform(HttpCall("GET", url)).status == 200


def test_somebody_elses_deadline_is_not_taken_for_ours(http: Http) -> None:
    server = raw_server(lambda connection: gevent.sleep(600))
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.1):
        http.perform(HttpCall("GET", f"http://127.0.0.1:{server.server_port}/", timeout=30))
    server.stop()


def test_secrets_are_filled_in_from_the_environment_and_from_files(http: Http, url: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("from-a-file\n")
    headers = {"Authorization": "Bearer secret:crm_token", "X-Api-Key": "secret:other"}
    reply = http.perform(HttpCall("GET", url, headers=headers))
    assert reply.body == "Bearer t0ken-of-crm||from-a-file|"
    assert "t0ken-of-crm" not in clean_text("the token is t0ken-of-crm")


def test_a_caller_cannot_fetch_a_secret_by_its_name(http: Http, url: str) -> None:
    reply = http.perform(HttpCall("GET", url, headers={"X-Name": "secret:crm_token"}))
    assert reply.body == "|secret:crm_token||"


def test_a_secret_nobody_set_is_named(http: Http, url: str, tmp_path: Path) -> None:
    reply = http.perform(HttpCall("GET", url, headers={"X-Api-Key": "secret:nope"}))
    assert reply.error == "http.connect"
    assert "secret nope cannot be read" in reply.detail
    plain = Http(load_settings(environment={}, directory=tmp_path), environment={})
    detail = plain.perform(HttpCall("GET", url, headers={"X-Api-Key": "secret:nope"})).detail
    assert "set SWITCHBOARD_SECRET_NOPE" in detail


def test_requests_are_counted_by_result(settings: Settings, url: str) -> None:
    metrics = Metrics()
    http = Http(settings, metrics)
    http.perform(HttpCall("GET", url))
    http.perform(HttpCall("GET", "nonsense"))
    count = metrics.registry.get_sample_value
    assert count("switchboard_http_requests_total", {"result": "2xx"}) == 1
    assert count("switchboard_http_requests_total", {"result": "http.connect"}) == 1


def test_providers_post_bytes_and_get_bytes(url: str) -> None:
    assert post_bytes(f"{url}/json", {"X-Api-Key": "k"}, b"words", 10) == b"||k|words"
    with pytest.raises(ProviderError, match="/status: 404"):
        post_bytes(f"{url}/status", {}, b"", 10)
    with pytest.raises(ProviderError, match=r"http\.too_large"):
        post_bytes(f"{url}/large", {}, b"", 10, most=10)
