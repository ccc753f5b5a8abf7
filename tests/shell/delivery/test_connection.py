"""Connections go to checked addresses; one that is idle is known to be alive."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from engine.shell.delivery.connection import (
    Connection,
    DeliveryError,
    Opener,
    StaleConnectionError,
    dial,
    tls_context,
)
from engine.shell.delivery.resolver import Resolver
from engine.webhooks.address_rules import AddressRules
from engine.webhooks.attempt import Failure
from engine.webhooks.target import UrlRules, read_target
from tests.shell.waiting import eventually

REQUEST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def pair(listener: socket.socket) -> Iterator[tuple[Connection, socket.socket]]:
    """Our side of a connection, and the other side."""
    ours = Connection(dial("127.0.0.1", listener.getsockname()[1], 5.0))
    theirs, _ = listener.accept()
    yield ours, theirs
    ours.close()
    theirs.close()


def usable(connection: Connection) -> bool:
    return connection.usable(30.0, 300.0, connection.opened + 1)


def test_it_is_usable_until_the_other_side_ends_it(pair: tuple[Connection, socket.socket]) -> None:
    ours, theirs = pair
    assert usable(ours)
    theirs.close()
    eventually(lambda: not usable(ours))


def test_words_nobody_asked_for_make_it_unusable(pair: tuple[Connection, socket.socket]) -> None:
    ours, theirs = pair
    theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    eventually(lambda: not usable(ours))


def test_it_is_used_for_a_while_only(pair: tuple[Connection, socket.socket]) -> None:
    ours, _ = pair
    assert not ours.usable(30.0, 300.0, ours.idle_since + 31)
    ours.idle_since += 300
    assert not ours.usable(30.0, 300.0, ours.idle_since + 1)


def test_an_end_is_a_failure_at_first_and_staleness_later(pair: tuple[Connection, socket.socket]) -> None:
    ours, theirs = pair
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(DeliveryError) as caught:
        ours.exchange(REQUEST)
    assert caught.value.failure is Failure.BROKEN
    ours.used = True
    with pytest.raises(StaleConnectionError):
        ours.exchange(REQUEST)


def test_an_answer_given_before_the_request_was_read_counts(pair: tuple[Connection, socket.socket]) -> None:
    ours, theirs = pair
    theirs.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    assert ours.exchange(REQUEST).status == 413


def opener(*allowed: str) -> Opener:
    return Opener(UrlRules(AddressRules(allowed)), Resolver(), tls_context(None))


def test_an_address_that_is_not_allowed_is_not_dialled(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with pytest.raises(DeliveryError) as caught:
        opener().open(read_target(f"https://127.0.0.1:{port}/"))
    assert caught.value.failure is Failure.DENIED
    listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_an_address_that_is_allowed_is(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    connection = opener("127.0.0.1").open(read_target(f"http://127.0.0.1:{port}/"))
    assert usable(connection)
    assert not connection.used
    connection.close()


def test_who_takes_too_long_to_answer_the_call_was_not_reached() -> None:
    def nobody(address: str, port: int, seconds: float) -> socket.socket:
        assert 0 < seconds <= 5.0
        raise TimeoutError("timed out")

    slow = Opener(UrlRules(AddressRules(["127.0.0.1"])), Resolver(), tls_context(None), nobody)
    with pytest.raises(DeliveryError) as caught:
        slow.open(read_target("http://127.0.0.1/"))
    assert (caught.value.failure, caught.value.detail) == (
        Failure.CONNECT,
        "no connection to port 80: nobody answered in time",
    )


def test_certificates_are_always_verified() -> None:
    context = tls_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
