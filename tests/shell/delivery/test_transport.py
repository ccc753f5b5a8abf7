"""Deliveries against receivers that behave, and against every kind that does not."""

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import gevent
import pytest
from standardwebhooks import Webhook

from engine.config import Webhooks
from engine.core.errors import SettingsError
from engine.shell.delivery.connection import dial
from engine.shell.delivery.resolver import Resolver
from engine.shell.delivery.transport import Transport
from engine.webhooks.attempt import Attempt, Failure, Verdict
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import new_secret
from tests.shell.delivery.authority import Authority
from tests.shell.delivery.receiver import Receiver

BODY = b'{"id":"evt_c_1","type":"call.ended"}'
SECRET = new_secret(bytes(range(32)))
INSIDE = Webhooks(allow_networks=("127.0.0.1",), timeout=1)


def endpoint(url: str) -> Endpoint:
    return Endpoint(EndpointId("ep_1"), "default", url, ("*",), (SECRET,))


def named(*addresses: str) -> Resolver:
    """A resolver for which every name has these addresses."""

    def lookup(name: str) -> Sequence[str]:
        return addresses

    return Resolver(lookup)


def post(transport: Transport, url: str) -> Attempt:
    with gevent.Timeout(30):  # so that a deadline that does not work is a failure, not a standstill
        return transport.post(endpoint(url), BODY, "evt_c_1", 3)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.stop()


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport(INSIDE)
    yield transport
    transport.close()


def test_a_delivery_is_what_standard_webhooks_says(transport: Transport, receiver: Receiver) -> None:
    before = time.time()
    attempt = post(transport, receiver.url())
    assert (attempt.verdict, attempt.status, attempt.answer, attempt.number) == (Verdict.DELIVERED, 200, "ok", 3)
    assert before <= attempt.at <= time.time()
    (got,) = receiver.got
    assert got.line == "POST / HTTP/1.1"
    assert got.body == BODY
    assert Webhook(SECRET.text).verify(got.body, got.headers) == {"id": "evt_c_1", "type": "call.ended"}
    assert got.headers["webhook-id"] == "evt_c_1"
    assert got.headers["webhook-attempt"] == "3"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["user-agent"].startswith("Switchboard/")


def test_after_a_rotation_both_secrets_fit(transport: Transport, receiver: Receiver) -> None:
    fresh = new_secret(bytes([7] * 32))
    rotated = endpoint(receiver.url()).with_fresh_secret(fresh, time.time())
    assert transport.post(rotated, BODY, "evt_c_1", 1).delivered
    for secret in (SECRET, fresh):
        Webhook(secret.text).verify(receiver.got[0].body, receiver.got[0].headers)


@pytest.mark.parametrize(
    ("path", "verdict", "status", "failure", "detail", "answer"),
    [
        ("/nothing", Verdict.DELIVERED, 204, Failure.NONE, "", ""),
        ("/chunked", Verdict.DELIVERED, 200, Failure.NONE, "", "abcde"),
        ("/until-close", Verdict.DELIVERED, 200, Failure.NONE, "", "the end"),
        ("/continue", Verdict.DELIVERED, 200, Failure.NONE, "", ""),
        ("/megabytes", Verdict.DELIVERED, 200, Failure.NONE, "", "x" * 1024),
        ("/status/404", Verdict.REFUSED, 404, Failure.STATUS, "answered 404", "ok"),
        ("/status/410", Verdict.GONE, 410, Failure.STATUS, "answered 410", "ok"),
        ("/status/500", Verdict.RETRY, 500, Failure.STATUS, "answered 500", "ok"),
        ("/busy", Verdict.RETRY, 503, Failure.STATUS, "answered 503", "later"),
        ("/bytes", Verdict.REFUSED, 400, Failure.STATUS, "answered 400", "\ufffd\ufffdno"),
        ("/redirect", Verdict.REFUSED, 307, Failure.STATUS, "redirects are not followed (to /elsewhere)", ""),
        ("/endless-chunks", Verdict.RETRY, 500, Failure.STATUS, "answered 500", "y" * 1024),
        ("/early-hints", Verdict.RETRY, 103, Failure.STATUS, "answered 103", ""),
        ("/close", Verdict.RETRY, 0, Failure.BROKEN, "no HTTP answer: ", ""),
        ("/half-head", Verdict.RETRY, 0, Failure.BROKEN, "no HTTP answer: the answer ended early", ""),
        ("/half", Verdict.RETRY, 200, Failure.BROKEN, "the answer ended early", "half"),
        ("/half-chunk", Verdict.RETRY, 200, Failure.BROKEN, "the answer ended early", "half"),
        ("/garbage", Verdict.RETRY, 0, Failure.BROKEN, "no HTTP answer: ", ""),
        ("/long-header", Verdict.RETRY, 0, Failure.BROKEN, "no HTTP answer: ", ""),
        ("/many-headers", Verdict.RETRY, 0, Failure.BROKEN, "no HTTP answer: ", ""),
    ],
)
def test_what_a_receiver_may_do(
    transport: Transport,
    receiver: Receiver,
    path: str,
    verdict: Verdict,
    status: int,
    failure: Failure,
    detail: str,
    answer: str,
) -> None:
    attempt = post(transport, receiver.url(path))
    assert (attempt.verdict, attempt.status, attempt.failure) == (verdict, status, failure)
    assert attempt.detail.startswith(detail)
    assert attempt.answer == answer
    assert attempt.retry_after == (120.0 if path == "/busy" else None)
    assert len(receiver.got) == 1


def test_one_deadline_covers_head_body_name_connection_and_tls(receiver: Receiver) -> None:
    """All at once, so that it takes one deadline."""
    silent = socket.create_server(("127.0.0.1", 0))  # accepts, and never speaks TLS
    stuck = gevent.event.Event()

    def nobody_answers(address: str, port: int, seconds: float) -> socket.socket:
        stuck.wait()
        raise AssertionError("the deadline ended this")

    at_home, away = Transport(INSIDE), Transport(INSIDE, dial_with=nobody_answers)
    urls = [receiver.url("/hang"), receiver.url("/drip"), receiver.url("/drip-headers")]
    urls.append(f"https://127.0.0.1:{silent.getsockname()[1]}/")
    attempts = [gevent.spawn(post, at_home, url) for url in urls] + [gevent.spawn(post, away, receiver.url())]
    results = [greenlet.get() for greenlet in attempts]
    assert {(each.verdict, each.failure) for each in results} == {(Verdict.RETRY, Failure.TIMEOUT)}
    assert {each.detail for each in results} == {"no whole answer within 1 s"}
    assert [each.status for each in results] == [0, 200, 0, 0, 0]
    assert results[1].answer.startswith("begun.")
    silent.close()


def test_somebody_elses_deadline_is_theirs(transport: Transport, receiver: Receiver) -> None:
    with pytest.raises(gevent.Timeout) as caught, gevent.Timeout(0.1) as theirs:
        post(transport, receiver.url("/hang"))
    assert caught.value is theirs


def test_nobody_there(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    attempt = post(transport, f"http://127.0.0.1:{port}/")
    assert (attempt.verdict, attempt.failure) == (Verdict.RETRY, Failure.CONNECT)
    assert attempt.detail == f"no connection to port {port}: Connection refused"


@pytest.mark.parametrize(
    ("url", "addresses", "detail"),
    [
        ("http://127.0.0.2:{port}/", (), "leads to 127.0.0.2 (this host), which no endpoint may have"),
        ("http://[::ffff:127.0.0.2]:{port}/", (), "this host"),
        ("http://hooks.test:{port}/", ("127.0.0.2",), "leads to 127.0.0.2"),
        ("http://hooks.test:{port}/", ("127.0.0.1", "10.0.0.1"), "leads to 10.0.0.1"),
        ("http://hooks.test:{port}/", ("127.0.0.1", "64:ff9b::7f00:1"), "disguise"),
        ("http://hooks.test:{port}/", ("8.8.8.8",), "must begin with https://"),
        ("http://hooks.test:{port}/#x", ("127.0.0.1",), "fragment"),
        ("nonsense", (), "must begin with https://"),
    ],
)
def test_what_leads_inside_is_not_sent(receiver: Receiver, url: str, addresses: tuple[str, ...], detail: str) -> None:
    attempt = post(Transport(INSIDE, named(*addresses)), url.format(port=receiver.port))
    assert (attempt.verdict, attempt.failure) == (Verdict.REFUSED, Failure.DENIED)
    assert attempt.detail.startswith("the url ")
    assert detail in attempt.detail
    assert receiver.connections == 0


def test_the_peer_is_looked_at_again_once_connected(receiver: Receiver) -> None:
    def elsewhere(address: str, port: int, seconds: float) -> socket.socket:
        return dial("127.0.0.1", port, seconds)

    allowed = replace_networks("127.0.0.9")
    attempt = post(Transport(allowed, named("127.0.0.9"), elsewhere), receiver.url(host="hooks.test"))
    assert attempt.failure is Failure.DENIED
    assert "127.0.0.1" in attempt.detail
    assert receiver.got == []


def replace_networks(*networks: str) -> Webhooks:
    return INSIDE.model_copy(update={"allow_networks": networks})


def test_a_name_is_resolved_once_and_the_request_goes_where_it_was_checked_to_lead(receiver: Receiver) -> None:
    answers = iter([("127.0.0.1",), ("169.254.169.254",)])
    dialled = []

    def lookup(name: str) -> Sequence[str]:
        return next(answers)

    def watched(address: str, port: int, seconds: float) -> socket.socket:
        dialled.append(address)
        return dial(address, port, seconds)

    assert post(Transport(INSIDE, Resolver(lookup), watched), receiver.url(host="hooks.test")).delivered
    assert dialled == ["127.0.0.1"]
    assert receiver.got[0].headers["host"] == f"hooks.test:{receiver.port}"


def test_the_next_address_is_tried_when_one_does_not_answer(receiver: Receiver) -> None:
    transport = Transport(replace_networks("127.0.0.0/8"), named("127.0.0.77", "127.0.0.1"))
    assert post(transport, receiver.url(host="hooks.test")).delivered


def test_a_name_nobody_knows(receiver: Receiver) -> None:
    def lookup(name: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    attempt = post(Transport(INSIDE, Resolver(lookup)), receiver.url(host="hooks.test"))
    assert (attempt.verdict, attempt.failure) == (Verdict.RETRY, Failure.DNS)
    assert attempt.detail == "the name has no address: Name or service not known"


def test_whoever_started_the_process_lends_neither_proxy_nor_password(
    transport: Transport, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert post(transport, receiver.url()).delivered
    assert "authorization" not in {name.lower() for name in receiver.got[0].headers}


def test_a_header_that_would_forge_another_is_not_sent(transport: Transport, receiver: Receiver) -> None:
    for wrong in ("evt_1\r\nx-forged: 1", "evt_1\nx: 1", "evt_\u00e9"):
        attempt = transport.post(endpoint(receiver.url()), BODY, wrong, 1)
        assert attempt.failure is Failure.DENIED
    assert receiver.got == []


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def over_tls(server: ssl.SSLContext, ca_file: Path | None, host: str = "hooks.test") -> Attempt:
    receiver = Receiver(server)
    settings = INSIDE.model_copy(update={"ca_file": ca_file})
    attempt = post(Transport(settings, named("127.0.0.1")), receiver.url(host=host))
    assert len(receiver.got) == int(attempt.delivered)
    receiver.stop()
    return attempt


def test_tls_is_spoken_with_the_name_in_the_url(authority: Authority) -> None:
    assert over_tls(authority.server("hooks.test"), authority.path).delivered
    assert over_tls(authority.server("127.0.0.1"), authority.path, "127.0.0.1").delivered


@pytest.mark.parametrize(
    ("names", "days", "signed", "trusted", "why"),
    [
        (("hooks.test",), 1, True, False, "unable to get local issuer certificate"),
        (("hooks.test",), 1, False, True, "self-signed certificate"),
        (("other.test",), 1, True, True, "not valid for 'hooks.test'"),
        (("127.0.0.1",), 1, True, True, "not valid for 'hooks.test'"),
        (("hooks.test",), -1, True, True, "certificate has expired"),
    ],
)
def test_a_certificate_that_is_not_good_ends_it(
    authority: Authority, names: tuple[str, ...], days: int, signed: bool, trusted: bool, why: str
) -> None:
    attempt = over_tls(authority.server(*names, days=days, signed=signed), authority.path if trusted else None)
    assert (attempt.verdict, attempt.failure) == (Verdict.RETRY, Failure.TLS)
    assert attempt.detail.startswith("the certificate is not good: ")
    assert why in attempt.detail


def test_a_receiver_that_does_not_speak_tls(transport: Transport, receiver: Receiver) -> None:
    attempt = post(transport, receiver.url("/garbage").replace("http:", "https:"))
    assert attempt.failure is Failure.TLS
    assert attempt.detail.startswith("no TLS: ")


def test_an_authority_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for path in (tmp_path / "absent.pem", tmp_path / "empty.pem"):
        with pytest.raises(SettingsError, match=r"webhooks\.ca_file: cannot use"):
            Transport(INSIDE.model_copy(update={"ca_file": path}))


def test_the_endpoint_given_is_not_changed(transport: Transport, receiver: Receiver) -> None:
    before = endpoint(receiver.url())
    after = replace(before)
    transport.post(before, BODY, "evt_c_1", 1)
    assert before == after
