"""What an endpoint still has to get, in Redis: every script does its step once, however often it is asked to."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.shell.delivery.queue import (
    APPEND,
    DUE,
    FENCED,
    FINISH,
    FULL,
    GONE,
    EndpointQueue,
    Entry,
    Outcome,
    What,
    due_entries,
    entries_of,
    packed,
    progress_line,
    tried,
    unpacked,
)  # fmt: skip
from engine.shell.delivery.redis_line import RedisLine
from engine.shell.store import connect
from engine.webhooks.retry_schedule import Progress
from tests.shell.redis_server import RedisServer

QUEUE = EndpointQueue("ep_one", shards=2)
KEYS = QUEUE.keys


@pytest.fixture
def line(redis_server: RedisServer) -> Iterator[RedisLine]:
    line = RedisLine(connect(redis_server.url), (APPEND, FINISH, DUE))
    line.ask_one(("HSET", KEYS.state, "tenant", "default"))
    line.ask_one(("HSET", KEYS.owner, "owner", "me", "epoch", 7))
    yield line
    line.close()


def entry(n: int, queue: int = 1) -> Entry:
    return Entry(f"evt_a_{n}", "a", "call.tagged", b'{"n":%d}' % n, queue, b"5-%d" % n)


def finish(line: RedisLine, *outcomes: Outcome, owner: str = "me", epoch: int = 7, **state: str) -> int:
    answer: int = line.ask_one(QUEUE.finish(owner, epoch, 9000, outcomes, dict(state)))
    return answer


def appended(line: RedisLine, *entries: Entry, most: int = 100) -> int:
    answer: int = line.ask_one(QUEUE.append(1, most, entries))
    return answer


def waiting(line: RedisLine, queue: int = 1) -> list[Entry]:
    answer = line.ask_one(QUEUE.page(queue, b"0-0", 100))
    return entries_of(queue, answer[0][1]) if answer else []


def log_of(line: RedisLine) -> list[bytes]:
    lines: list[bytes] = line.ask_one(("LRANGE", KEYS.log, 0, -1))
    return lines


def state_of(line: RedisLine) -> dict[bytes, bytes]:
    fields = line.ask_one(("HGETALL", KEYS.state))
    return dict(zip(fields[::2], fields[1::2], strict=True))


def test_appending_twice_is_appending_once(line: RedisLine) -> None:
    assert appended(line, entry(1), entry(2)) == 2
    assert appended(line, entry(1), entry(2), entry(3)) == 1
    assert [one.event for one in waiting(line)] == ["evt_a_1", "evt_a_2", "evt_a_3"]
    assert waiting(line)[1].body == b'{"n":2}'
    assert (waiting(line)[1].call, waiting(line)[1].type, waiting(line)[1].queue) == ("a", "call.tagged", 1)


def test_what_was_finished_does_not_come_back(line: RedisLine) -> None:
    appended(line, entry(1))
    assert finish(line, Outcome(What.DONE, entry(1), b"line")) == 1
    assert appended(line, entry(1)) == 0
    assert waiting(line) == []


def test_nothing_is_appended_for_an_endpoint_that_is_gone_or_has_too_much(line: RedisLine) -> None:
    assert appended(line, entry(1), entry(2), most=2) == 2
    assert appended(line, entry(3), most=2) == FULL
    line.ask_one(("DEL", KEYS.state))
    assert appended(line, entry(4)) == GONE
    assert len(waiting(line)) == 2


def test_a_page_goes_on_where_the_last_one_ended(line: RedisLine) -> None:
    appended(line, *(entry(n) for n in range(1, 6)))
    first = entries_of(1, line.ask_one(QUEUE.page(1, b"0-0", 2))[0][1])
    rest = entries_of(1, line.ask_one(QUEUE.page(1, first[-1].position, 10))[0][1])
    assert [one.event for one in (*first, *rest)] == [f"evt_a_{n}" for n in range(1, 6)]


@pytest.mark.parametrize("times", [1, 3])
def test_finishing_is_written_once(line: RedisLine, times: int) -> None:
    appended(line, entry(1), entry(2), entry(3))
    done = Outcome(What.DONE, entry(1), b"done")
    slow = Outcome(What.SLOW, entry(2), b"slow", 5000, packed(entry(2), attempts=5, quick=5, slow=0))
    dead = Outcome(What.DEAD, entry(3), b"dead", 0, packed(entry(3), attempts=1))
    answers = [finish(line, done, slow, dead, last_status="200") for _ in range(times)]
    assert answers == [3, *[0] * (times - 1)]
    assert waiting(line) == []
    assert log_of(line) == [b"dead", b"slow", b"done"]
    assert state_of(line) == {b"tenant": b"default", b"last_status": b"200", b"delivered": b"1", b"failed": b"2"}
    assert line.ask_one(("ZRANGE", KEYS.slow, 0, -1, "WITHSCORES")) == [b"evt_a_2", b"5000"]
    assert line.ask_one(("ZRANGE", KEYS.dead, 0, -1, "WITHSCORES")) == [b"evt_a_3", b"9000"]
    assert unpacked("evt_a_3", line.ask_one(("HGET", KEYS.dead_bodies, "evt_a_3")))[1]["attempts"] == 1


def test_tries_in_the_lane_are_remembered_until_it_is_over(line: RedisLine) -> None:
    appended(line, entry(1))
    for attempts in (1, 1, 2):
        remembered = progress_line(Progress(attempts, attempts), 1700000000.25)
        finish(line, Outcome(What.LANE, entry(1), b"%d" % attempts, 1, remembered))
    assert log_of(line) == [b"2", b"1"]
    assert tried(line.ask(QUEUE.opening())[1]) == {"evt_a_1": (Progress(2, 2), 1700000000.25)}
    finish(line, Outcome(What.DONE, entry(1), b"done"))
    assert line.ask(QUEUE.opening())[1] == []


def test_a_slow_retry_comes_when_it_is_due(line: RedisLine) -> None:
    appended(line, entry(1), entry(2))
    for n, due in ((1, 5000), (2, 6000)):
        kept = packed(entry(n), attempts=5, quick=5, slow=0)
        finish(line, Outcome(What.SLOW, entry(n), b"slow", due, kept))
    assert due_entries(line.ask_one(QUEUE.due(4999, 10))) == (5.0, [])
    after, found = due_entries(line.ask_one(QUEUE.due(5000, 10)))
    assert after == 6.0
    ((late, progress),) = found
    assert (late.event, late.body, late.queue, progress) == ("evt_a_1", b'{"n":1}', 0, Progress(5, 5, 0, parked=True))
    again = Outcome(What.SLOW, late, b"again", 7000, packed(late, attempts=6, quick=5, slow=1))
    assert [finish(line, again), finish(line, again)] == [1, 0]
    assert due_entries(line.ask_one(QUEUE.due(6999, 10)))[0] == 7.0
    assert [finish(line, Outcome(What.DONE, late, b"done")) for _ in range(2)] == [1, 0]
    assert line.ask_one(("HKEYS", KEYS.parked)) == [b"evt_a_2"]


def test_a_slow_retry_that_was_taken_away_meanwhile_is_not_brought_back(line: RedisLine) -> None:
    late = entry(1, queue=0)
    for what in (What.SLOW, What.DEAD, What.DONE):
        assert finish(line, Outcome(what, late, b"x", 7000, packed(late, attempts=1, quick=0, slow=1))) == 0
    assert line.ask([("ZCARD", KEYS.slow), ("ZCARD", KEYS.dead), ("HLEN", KEYS.parked)]) == [0, 0, 0]


def test_whoever_is_not_the_owner_writes_nothing(line: RedisLine) -> None:
    appended(line, entry(1))
    done = Outcome(What.DONE, entry(1), b"done")
    assert finish(line, done, epoch=6) == FENCED
    assert finish(line, done, owner="other") == FENCED
    assert (len(waiting(line)), log_of(line)) == (1, [])
    line.ask_one(("DEL", KEYS.owner))
    assert finish(line, done) == 1, "a Redis that lost its memory knows no other owner"


def test_nothing_of_an_endpoint_that_is_gone_is_brought_back(redis_server: RedisServer, line: RedisLine) -> None:
    line.ask_one(("DEL", KEYS.state, KEYS.owner))
    assert finish(line, Outcome(What.DEAD, entry(1, queue=0), b"x", 0, b"y"), last_status="200") == 0
    assert redis_server.client().dbsize() == 0


def test_the_log_and_the_dead_letters_are_bounded(line: RedisLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.shell.delivery.queue.LOG_KEPT", 3)
    monkeypatch.setattr("engine.shell.delivery.queue.DEAD_KEPT", 2)
    appended(line, *(entry(n) for n in range(1, 6)))
    for n in range(1, 6):
        finish(line, Outcome(What.DEAD, entry(n), b"%d" % n, 0, packed(entry(n), attempts=1)))
    assert log_of(line) == [b"5", b"4", b"3"]
    assert line.ask_one(("ZRANGE", KEYS.dead, 0, -1)) == [b"evt_a_4", b"evt_a_5"]
    assert sorted(line.ask_one(("HKEYS", KEYS.dead_bodies))) == [b"evt_a_4", b"evt_a_5"]


def test_what_cannot_be_read_on_the_slow_schedule_holds_up_nothing(line: RedisLine) -> None:
    line.ask_one(("ZADD", KEYS.slow, 1, "odd", 2, "gone", 3, "evt_a_1"))
    line.ask_one(("HSET", KEYS.parked, "odd", "nonsense", "evt_a_1", packed(entry(1), attempts=1, quick=1, slow=0)))
    after, found = due_entries(line.ask_one(QUEUE.due(10, 10)))
    assert after is None
    assert [one.event for one, _ in found] == ["evt_a_1"]


def test_the_lane_of_an_event_of_no_call_is_its_own() -> None:
    assert Entry("evt_x", "", "endpoint.disabled", b"").lane == "evt_x"
    assert entry(1).lane == "a"


@given(st.text(), st.text(), st.binary(), st.integers(0, 2**31))
def test_what_is_packed_is_unpacked(call: str, kind: str, body: bytes, attempts: int) -> None:
    try:
        kept = packed(Entry("evt_1", call, kind, body), attempts=attempts)
    except TypeError:
        return  # half a character, which no id holds
    known, header = unpacked("evt_1", kept)
    assert (known.event, known.call, known.type, known.body, header["attempts"]) == (
        "evt_1",
        call,
        kind,
        body,
        attempts,
    )
