"""What became of deliveries is written together, in order, once, and as soon as Redis takes it."""

from collections.abc import Iterator, Sequence

import gevent
import pytest

from engine.shell.delivery.finisher import Account, Finisher
from engine.shell.delivery.queue import APPEND, EndpointQueue, Entry, Outcome, What
from engine.shell.delivery.redis_line import RedisLine
from engine.shell.store import connect
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

WAKE = "sb:wake:me"


class Endpoint:
    """An endpoint whose owner is `me`, with some events in its queue."""

    def __init__(self, server: RedisServer, name: str, events: int = 0) -> None:
        self.queue = EndpointQueue(name)
        self.written: list[str] = []
        self.fenced = 0
        self.faults = 0
        self.server = server
        client = server.client()
        client.hset(self.queue.keys.state, "tenant", "default")
        client.hset(self.queue.keys.owner, mapping={"owner": "me", "epoch": 7})
        line = RedisLine(connect(server.url), (APPEND,))
        entries = [self.entry(n) for n in range(1, events + 1)]
        if entries:
            line.ask_one(self.queue.append(1, 10_000, entries))
        line.close()
        self.account = Account(self.queue, 7, self._written, self._fenced, self._fault)

    def entry(self, n: int) -> Entry:
        return Entry(f"evt_a_{n}", "a", "call.tagged", b"{}", 1, b"1-%d" % n)

    def done(self, n: int) -> Outcome:
        return Outcome(What.DONE, self.entry(n), b"%d" % n)

    def _written(self, outcomes: Sequence[Outcome]) -> None:
        self.written += [outcome.entry.event for outcome in outcomes]

    def _fenced(self) -> None:
        self.fenced += 1

    def _fault(self) -> None:
        self.faults += 1

    @property
    def left(self) -> int:
        return int(self.server.client().xlen(self.queue.streams[0]))  # type: ignore[arg-type]


@pytest.fixture
def finisher(redis_server: RedisServer) -> Iterator[Finisher]:
    finisher = Finisher(connect(redis_server.url), "me", WAKE)
    finisher.start()
    yield finisher
    finisher.stop()


def writes(server: RedisServer) -> int:
    return int(server.client().info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0))


def test_what_comes_together_is_written_together(redis_server: RedisServer, finisher: Finisher) -> None:
    one, two = Endpoint(redis_server, "ep_1", 150), Endpoint(redis_server, "ep_2", 3)
    before = writes(redis_server)
    for n in range(1, 151):
        finisher.note(one.account, one.done(n), {"last_status": 200})
    for n in range(1, 4):
        finisher.note(two.account, two.done(n), {})
    assert finisher.backlog == 153
    eventually(lambda: len(one.written) == 150 and len(two.written) == 3, "all written")
    assert writes(redis_server) - before <= 4
    assert (one.left, two.left, finisher.backlog) == (0, 0, 0)
    assert one.written == [f"evt_a_{n}" for n in range(1, 151)]


def test_more_than_one_write_takes_is_written_in_several(redis_server: RedisServer, finisher: Finisher) -> None:
    one = Endpoint(redis_server, "ep_1", 1000)
    for n in range(1, 1001):
        finisher.note(one.account, one.done(n), {})
    assert finisher.flush(one.account, 10.0)
    assert (len(one.written), one.left) == (1000, 0)


def test_a_question_is_answered_after_what_was_noted_before(redis_server: RedisServer, finisher: Finisher) -> None:
    one = Endpoint(redis_server, "ep_1", 3)
    answers: list[list[object]] = []
    finisher.note(one.account, one.done(1), {})
    finisher.ask(one.account, [("XLEN", one.queue.streams[0]), ("ECHO", "x")], answers.append)
    finisher.ask(one.account, [("ECHO", "y")], answers.append)
    eventually(lambda: len(answers) == 2, "answers")
    assert answers == [[2, b"x"], [b"y"]]


def test_redis_away_delays_and_doubles_nothing(own_redis: RedisServer) -> None:
    finisher = Finisher(connect(own_redis.url), "me", WAKE)
    finisher.start()
    one = Endpoint(own_redis, "ep_1", 10)
    own_redis.kill()
    for n in range(1, 11):
        finisher.note(one.account, one.done(n), {"last_status": n})
    eventually(lambda: not finisher.available, "the loss noticed")
    assert not finisher.flush(one.account, 0.05)
    own_redis.start()
    eventually(lambda: len(one.written) == 10, "all written")
    assert (one.left, finisher.available) == (0, True)
    assert own_redis.client().hgetall(one.queue.keys.state)[b"last_status"] == b"10"
    finisher.stop()


def test_an_endpoint_that_another_owns_is_told_and_written_no_more(
    redis_server: RedisServer, finisher: Finisher
) -> None:
    one, two = Endpoint(redis_server, "ep_1", 2), Endpoint(redis_server, "ep_2", 1)
    redis_server.client().hset(one.queue.keys.owner, "epoch", 8)
    one.account.on_fenced = lambda: (one._fenced(), finisher.close(one.account))  # type: ignore[func-returns-value,assignment,return-value]
    finisher.note(one.account, one.done(1), {})
    finisher.note(two.account, two.done(1), {})
    eventually(lambda: one.fenced and two.written, "one refused, the other written")
    finisher.note(one.account, one.done(2), {})
    assert finisher.flush(two.account, 5.0)
    gevent.sleep(0.03)
    assert (one.written, one.left, one.fenced, finisher.backlog) == ([], 2, 1, 0)


def test_what_redis_refuses_for_one_endpoint_does_not_stop_the_others(
    redis_server: RedisServer, finisher: Finisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.delivery.finisher.RETRY_DELAY", 0.01)
    one, two = Endpoint(redis_server, "ep_1", 1), Endpoint(redis_server, "ep_2", 1)
    redis_server.client().set(one.queue.keys.log, "not a list")
    finisher.note(one.account, one.done(1), {"last_status": 200})
    finisher.note(two.account, two.done(1), {})
    eventually(lambda: two.written, "the other")
    assert one.written == []
    redis_server.client().delete(one.queue.keys.log)
    eventually(lambda: one.written == ["evt_a_1"], "it too, at last")


def test_a_closed_account_is_forgotten(redis_server: RedisServer, finisher: Finisher) -> None:
    one = Endpoint(redis_server, "ep_1", 2)
    finisher.note(one.account, one.done(1), {})
    finisher.close(one.account)
    assert finisher.flush(one.account, 5.0)
    finisher.ask(one.account, [("ECHO", "x")], lambda answers: one.written.append("asked"))
    gevent.sleep(0.05)
    assert (one.written, one.left) == ([], 2)


def test_the_reader_is_woken_by_its_stream(redis_server: RedisServer, finisher: Finisher) -> None:
    for _ in range(3):
        finisher.wake_reader()
    eventually(lambda: redis_server.client().xlen(WAKE) == 1, "one entry")
    assert 0 < int(redis_server.client().ttl(WAKE)) <= 3600  # type: ignore[arg-type]


def test_nothing_to_write_writes_nothing(redis_server: RedisServer, finisher: Finisher) -> None:
    one = Endpoint(redis_server, "ep_1", 1)
    finisher.note(one.account, one.done(1), {})
    assert finisher.flush(one.account, 5.0)
    before = redis_server.client().info("stats")["total_commands_processed"]
    gevent.sleep(0.1)
    assert redis_server.client().info("stats")["total_commands_processed"] - before <= 3, "the test's own looks"


def test_an_endpoint_that_stumbles_over_an_answer_holds_up_no_other(
    redis_server: RedisServer, finisher: Finisher
) -> None:
    one, two = Endpoint(redis_server, "ep_1", 2), Endpoint(redis_server, "ep_2", 2)
    got: list[object] = []

    def stumble(answers: object) -> None:
        raise ZeroDivisionError

    one.account.on_written = stumble
    finisher.note(one.account, one.done(1), {})
    finisher.ask(one.account, [("PING",)], stumble)
    finisher.note(two.account, two.done(1), {})
    finisher.ask(two.account, [("PING",)], got.extend)
    eventually(lambda: got, "the answer for the other")
    assert (one.faults, one.left, two.written) == (2, 1, ["evt_a_1"])
    finisher.note(two.account, two.done(2), {})
    eventually(lambda: two.left == 0, "what comes after it")
    assert finisher.backlog == 0
