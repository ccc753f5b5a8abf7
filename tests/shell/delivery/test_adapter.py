"""Connections are kept, used again, and given up; requests are written as they must be."""

from collections.abc import Iterator

import gevent
import pytest
from requests import PreparedRequest
from requests.exceptions import InvalidHeader

from engine.shell.delivery import adapter as module
from engine.shell.delivery.adapter import EndpointAdapter
from engine.shell.delivery.connection import DeliveryError, Opener, tls_context
from engine.shell.delivery.resolver import Resolver
from engine.webhooks.address_rules import AddressRules
from engine.webhooks.target import UrlError, UrlRules
from tests.shell.delivery.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.stop()


@pytest.fixture
def adapter() -> Iterator[EndpointAdapter]:
    rules = UrlRules(AddressRules(["127.0.0.1", "::1"]))
    adapter = EndpointAdapter(Opener(rules, Resolver(), tls_context(None)))
    yield adapter
    adapter.close()


def request(url: str, headers: dict[str, str] | None = None, body: bytes = b"{}") -> PreparedRequest:
    prepared = PreparedRequest()
    prepared.method, prepared.url, prepared.body = "POST", url, body
    prepared.headers = headers or {}  # type: ignore[assignment]
    return prepared


def exchange(adapter: EndpointAdapter, url: str, most: int = 100) -> tuple[int, bytes]:
    response = adapter.send(request(url))
    body = b""
    while len(body) < most and (part := response.raw.read(most - len(body))):
        body += part
    response.close()
    return response.status_code, body


def test_one_connection_serves_many_requests(adapter: EndpointAdapter, receiver: Receiver) -> None:
    assert [exchange(adapter, receiver.url()) for _ in range(5)] == [(200, b"ok")] * 5
    assert [got.number for got in receiver.got] == [1, 2, 3, 4, 5]
    assert receiver.connections == 1


def test_at_once_each_request_has_its_own(adapter: EndpointAdapter, receiver: Receiver) -> None:
    first, second = adapter.send(request(receiver.url())), adapter.send(request(receiver.url()))
    first.close()
    second.close()
    assert receiver.connections == 2


def test_what_was_not_read_to_its_end_is_not_used_again(adapter: EndpointAdapter, receiver: Receiver) -> None:
    exchange(adapter, receiver.url(), most=1)
    exchange(adapter, receiver.url())
    assert receiver.connections == 2


def test_origins_do_not_share(adapter: EndpointAdapter, receiver: Receiver) -> None:
    other = Receiver()
    exchange(adapter, receiver.url())
    exchange(adapter, other.url())
    exchange(adapter, receiver.url("/status/200"))
    assert (receiver.connections, other.connections) == (1, 1)
    other.stop()


def test_a_connection_the_receiver_closed_meanwhile_is_replaced(adapter: EndpointAdapter, receiver: Receiver) -> None:
    for number in range(3):
        assert exchange(adapter, receiver.url("/quiet-close"))[0] == 200
        assert len(receiver.got) == number + 1
    assert receiver.connections == 3


def test_a_kept_connection_that_ends_without_an_answer_is_replaced(
    adapter: EndpointAdapter, receiver: Receiver
) -> None:
    """A receiver may close an idle connection at the very moment a request is on its way."""
    assert exchange(adapter, receiver.url("/once")) == (200, b"ok")
    assert exchange(adapter, receiver.url("/once")) == (200, b"ok")
    assert [(got.connection, got.number) for got in receiver.got] == [(1, 1), (1, 2), (2, 1)]


def test_a_fresh_connection_that_ends_without_an_answer_is_a_failure(
    adapter: EndpointAdapter, receiver: Receiver
) -> None:
    with pytest.raises(DeliveryError, match="closed without an answer"):
        adapter.send(request(receiver.url("/close")))
    assert len(receiver.got) == 1


def test_a_deadline_in_the_middle_leaves_nothing_behind(adapter: EndpointAdapter, receiver: Receiver) -> None:
    exchange(adapter, receiver.url())
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
        adapter.send(request(receiver.url("/hang")))
    exchange(adapter, receiver.url())
    assert [got.connection for got in receiver.got] == [1, 1, 2]


@pytest.mark.parametrize("name", ["KEPT_PER_ORIGIN", "KEPT_IN_ALL", "KEPT_IDLE", "LIVES"])
def test_there_are_bounds_to_what_is_kept(
    adapter: EndpointAdapter, receiver: Receiver, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, 0)
    exchange(adapter, receiver.url())
    exchange(adapter, receiver.url())
    assert receiver.connections == 2


def test_idle_connections_are_swept(
    adapter: EndpointAdapter, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange(adapter, receiver.url())
    other = Receiver()
    monkeypatch.setattr(module, "SWEEP_EVERY", 0)
    monkeypatch.setattr(module, "KEPT_IDLE", 0)
    exchange(adapter, other.url())
    monkeypatch.undo()
    exchange(adapter, receiver.url())
    assert receiver.connections == 2
    other.stop()


def test_a_request_is_one_write_with_what_it_needs(adapter: EndpointAdapter, receiver: Receiver) -> None:
    adapter.send(request(receiver.url(), {"webhook-id": "evt_1"}, b"\x00body")).close()
    (got,) = receiver.got
    assert got.headers == {"host": f"127.0.0.1:{receiver.port}", "content-length": "5", "webhook-id": "evt_1"}
    assert got.body == b"\x00body"


def test_ipv6(adapter: EndpointAdapter) -> None:
    receiver = Receiver(address="::1")
    assert exchange(adapter, receiver.url(host="[::1]")) == (200, b"ok")
    assert receiver.got[0].headers["host"] == f"[::1]:{receiver.port}"
    receiver.stop()


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb", "\u20ac"])
def test_headers_cannot_be_forged(adapter: EndpointAdapter, receiver: Receiver, value: str) -> None:
    with pytest.raises(InvalidHeader):
        adapter.send(request(receiver.url(), {"webhook-id": value}))
    assert receiver.connections == 0


def test_a_url_that_is_none(adapter: EndpointAdapter) -> None:
    with pytest.raises(UrlError):
        adapter.send(request("nonsense"))
