"""Names are looked up off the hub; hung ones stop nobody else."""

import socket
from collections.abc import Iterator, Sequence

import gevent
import pytest
from gevent.monkey import get_original

from engine.shell.delivery import resolver as module
from engine.shell.delivery.resolver import SLOW_THREADS, THREADS, Resolver, UnknownNameError

native_lock = get_original("_thread", "allocate_lock")  # what lookups wait for must not be of the hub


class NameServer:
    """Answers names from a table; a name that begins with `hung` gets no answer until it is let go."""

    def __init__(self, **names: Sequence[str]) -> None:
        self.names = dict(names)
        self.asked: list[str] = []
        self.fails = False
        self.gate = native_lock()
        self.gate.acquire()

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name.startswith("hung"):
            assert self.gate.acquire(timeout=30)
            self.gate.release()
        if self.fails:
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return self.names.get(name, ())


@pytest.fixture
def server() -> Iterator[NameServer]:
    server = NameServer(good=("192.0.2.1", "192.0.2.2"), other=("192.0.2.3",), hung=("192.0.2.4",))
    yield server
    if server.gate.locked():
        server.gate.release()


def test_a_name_has_its_addresses_in_order_and_is_asked_for_once(server: NameServer) -> None:
    resolver = Resolver(server)
    assert [resolver.resolve("good") for _ in range(3)] == [("192.0.2.1", "192.0.2.2")] * 3
    assert server.asked == ["good"]


@pytest.mark.parametrize("address", ["192.0.2.9", "2001:db8::9"])
def test_an_address_is_not_looked_up(server: NameServer, address: str) -> None:
    assert Resolver(server).resolve(address) == (address,)
    assert server.asked == []


def test_an_answer_is_asked_for_again_after_a_while(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(server)
    resolver.resolve("good")
    monkeypatch.setattr(module, "KEPT", 0.0)
    server.names["good"] = ("192.0.2.7",)
    assert resolver.resolve("good") == ("192.0.2.7",)


def test_many_who_ask_at_once_ask_once(server: NameServer) -> None:
    resolver = Resolver(server, budget=20)
    asking = [gevent.spawn(resolver.resolve, "hung") for _ in range(50)]
    gevent.idle()
    server.gate.release()
    assert {greenlet.get() for greenlet in asking} == {("192.0.2.4",)}
    assert server.asked == ["hung"]


def test_a_name_without_addresses_is_unknown_and_not_asked_for_at_once_again(server: NameServer) -> None:
    resolver = Resolver(server)
    for _ in range(2):
        with pytest.raises(UnknownNameError, match="no address"):
            resolver.resolve("nobody")
    assert server.asked == ["nobody"]


def test_what_the_name_server_says_is_passed_on(server: NameServer) -> None:
    server.fails = True
    with pytest.raises(UnknownNameError, match="Temporary failure in name resolution"):
        Resolver(server).resolve("good")


@pytest.mark.parametrize("name", ["a" * 300, "\ud800", "a..b"])
def test_what_cannot_be_a_name(name: str) -> None:
    with pytest.raises(UnknownNameError, match=r"."):
        Resolver().resolve(name)


def test_what_was_known_is_used_while_nobody_answers(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(server)
    resolver.resolve("good")
    monkeypatch.setattr(module, "KEPT", 0.0)
    server.fails = True
    assert resolver.resolve("good") == ("192.0.2.1", "192.0.2.2")
    assert resolver.resolve("good") == ("192.0.2.1", "192.0.2.2")
    assert server.asked == ["good"] * 2
    monkeypatch.setattr(module, "KEPT_STALE", 0.0)
    with pytest.raises(UnknownNameError):
        resolver.resolve("good")


def test_the_hub_goes_on_while_a_lookup_hangs_and_the_budget_ends_it(server: NameServer) -> None:
    resolver = Resolver(server, budget=0.1)
    turns = []

    def turn() -> None:
        while True:
            turns.append(1)
            gevent.sleep(0.001)

    turning = gevent.spawn(turn)
    with pytest.raises(UnknownNameError, match=r"no name server answered within 0\.1 s"):
        resolver.resolve("hung")
    turning.kill()
    assert len(turns) > 5


def test_names_that_hung_share_a_few_threads_and_leave_the_others_to_the_rest(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waves of hung names, more than there are threads in all: a good name still gets its answer."""
    resolver = Resolver(server, budget=0.05)
    monkeypatch.setattr(module, "KEPT_FAILURE", 0.0)

    def wave() -> None:
        asking = [gevent.spawn(resolver.resolve, f"hung{number}") for number in range(THREADS - 2)]
        gevent.joinall(asking)
        for greenlet in asking:
            assert isinstance(greenlet.exception, UnknownNameError)

    wave()
    server.gate.release()
    with gevent.Timeout(10):
        while resolver._running:
            gevent.sleep(0.01)
    server.gate.acquire()
    server.asked.clear()
    wave()  # these are known to hang
    assert len(server.asked) == SLOW_THREADS
    calm = Resolver(server, budget=5.0)
    calm._threads, calm._slow_threads, calm._hung = resolver._threads, resolver._slow_threads, resolver._hung
    assert calm.resolve("good") == ("192.0.2.1", "192.0.2.2")
    server.gate.release()


def test_a_name_that_answers_again_is_trusted_again(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_FAILURE", 0.0)
    monkeypatch.setattr(module, "KEPT", 0.0)
    resolver = Resolver(server, budget=0.05)
    with pytest.raises(UnknownNameError):
        resolver.resolve("hung")
    assert "hung" in resolver._hung
    server.gate.release()
    calm = Resolver(server, budget=5.0)
    calm._hung = resolver._hung
    assert calm.resolve("hung") == ("192.0.2.4",)
    assert calm._hung == {}


def test_there_is_a_bound_to_what_is_remembered(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NAMES", 1)
    resolver = Resolver(server)
    for name in ("good", "other", "good"):
        resolver.resolve(name)
    assert server.asked == ["good", "other", "good"]


def test_the_operating_system_is_asked() -> None:
    assert "127.0.0.1" in Resolver().resolve("localhost")
