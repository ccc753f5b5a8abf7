"""The log of attempts and the dead letters, in pages, newest first."""

import pytest

from engine.core.errors import StoreError
from engine.shell.delivery.delivery_log import DeadLetters, DeliveryLog, log_line, logged
from engine.shell.delivery.queue import FINISH, EndpointQueue, Entry, Outcome, What, packed
from engine.shell.delivery.redis_line import RedisLine
from engine.shell.store import connect
from engine.webhooks.attempt import Attempt, Failure, Verdict
from tests.shell.delivery.stand import Stand, endpoint
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

ENTRY = Entry("evt_a_1", "a", "call.ended", b"{}", 1, b"1-1")
ATTEMPT = Attempt(
    "evt_a_1", 3, 1700000000.1234567, 41, Verdict.RETRY, 503, Failure.STATUS, "answered 503", "oh \x00 \u00e9", 30.0
)


def test_an_attempt_is_read_as_it_was_written() -> None:
    line = logged(log_line(ENTRY, ATTEMPT, "retry", 1700000002.5))
    assert (line.event, line.type, line.call, line.attempt) == ("evt_a_1", "call.ended", "a", 3)
    assert (line.at, line.status, line.ms, line.result, line.error) == (1700000000.123, 503, 41, "retry", "status")
    assert (line.detail, line.answer, line.next_at) == ("answered 503", "oh \x00 \u00e9", 1700000002.5)
    assert logged(log_line(ENTRY, ATTEMPT, "dead", None)).next_at is None


def test_halves_of_characters_are_written_as_something() -> None:
    odd = Attempt("evt_a_1", 1, 1.0, 1, Verdict.RETRY, failure=Failure.BROKEN, detail="a\ud800b", answer="\udfff\u00e9")
    line = logged(log_line(ENTRY, odd, "retry", None))
    assert (line.detail, line.answer) == ("a?b", "?\u00e9")


def test_attempts_come_in_pages_newest_first(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    log = DeliveryLog(stand.server.client())
    stand.publish("a", *range(1, 8))
    eventually(lambda: log.page("ep_one", 50, 0)[1] == 7, "seven attempts")
    first, total = log.page("ep_one", 3, 0)
    assert ([one.event for one in first], total) == (["evt_a_7", "evt_a_6", "evt_a_5"], 7)
    assert [one.event for one in log.page("ep_one", 3, 6)[0]] == ["evt_a_1"]
    assert log.page("ep_one", 3, 7) == ([], 7)
    assert {one.result for one in first} == {"delivered"}
    assert log.page("ep_other", 3, 0) == ([], 0)


def test_dead_letters_come_in_pages_newest_first(redis_server: RedisServer) -> None:
    line = RedisLine(connect(redis_server.url), (FINISH,))
    queue = EndpointQueue("ep_one")
    line.ask_one(("HSET", queue.keys.state, "tenant", "default"))
    for n in range(1, 6):
        entry = Entry(f"evt_a_{n}", "a", "call.ended", b"{}", 1, b"1-%d" % n)
        line.ask_one(("XADD", queue.streams[0], entry.position, "i", "x"))
        header = {"attempts": n, "reason": "exhausted", "status": 500, "error": "status", "detail": "answered 500"}
        line.ask_one(queue.finish("", 0, 1000 * n, [Outcome(What.DEAD, entry, b"x", 0, packed(entry, **header))], {}))
    line.close()
    letters = DeadLetters(redis_server.client())
    page, total = letters.page("ep_one", 2, 1)
    assert ([one.event for one in page], total) == (["evt_a_4", "evt_a_3"], 5)
    four = page[0]
    assert (four.attempts, four.at, four.reason, four.status, four.error) == (4, 4.0, "exhausted", 500, "status")
    assert letters.page("ep_other", 10, 0) == ([], 0)


def test_redis_away_is_told(own_redis: RedisServer) -> None:
    client = connect(own_redis.url)
    own_redis.kill()
    for page in (DeliveryLog(client).page, DeadLetters(client).page):
        with pytest.raises(StoreError):
            page("ep_one", 1, 0)
