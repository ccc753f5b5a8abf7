"""One connection: answers in order, scripts loaded by themselves, nothing repeated in secret."""

from collections.abc import Iterator

import gevent
import pytest
import redis

from engine.shell.delivery.redis_line import RedisLine, Script, delivery_script
from engine.shell.store import connect
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

COUNT = Script("redis.call('INCR', KEYS[1]); return {KEYS[1], ARGV[1]}")


@pytest.fixture
def line(redis_server: RedisServer) -> Iterator[RedisLine]:
    line = RedisLine(connect(redis_server.url), [COUNT])
    yield line
    line.close()


def test_answers_come_in_the_order_of_the_commands(line: RedisLine) -> None:
    assert line.ask([("SET", "a", b"\x00\xff"), ("GET", "a"), COUNT.call(["n"], [7]), ("GET", "n")]) == [
        b"OK", b"\x00\xff", [b"n", b"7"], b"1",
    ]  # fmt: skip
    assert line.ask([]) == []
    assert line.ask_one(("GET", "n")) == b"1"


def test_a_refused_command_is_told_after_all_were_answered(line: RedisLine) -> None:
    with pytest.raises(redis.ResponseError):
        line.ask([("SET", "a", "x"), ("LPUSH", "a", "y"), ("SET", "b", "z")])
    assert line.ask([("GET", "a"), ("GET", "b")]) == [b"x", b"z"]


def test_scripts_that_redis_forgot_are_there_again_at_the_next_try(redis_server: RedisServer, line: RedisLine) -> None:
    line.ask_one(COUNT.call(["n"], ["x"]))
    redis_server.client().script_flush()
    with pytest.raises(redis.RedisError):
        line.ask_one(COUNT.call(["n"], ["x"]))
    assert line.ask_one(COUNT.call(["n"], ["x"])) == [b"n", b"x"]
    assert redis_server.client().get("n") == b"2"


def test_a_redis_that_was_killed_is_told_and_found_again(own_redis: RedisServer) -> None:
    line = RedisLine(connect(own_redis.url), [COUNT])
    line.ask_one(COUNT.call(["n"], ["x"]))
    own_redis.kill()
    for _ in range(2):
        with pytest.raises(redis.RedisError):
            line.ask_one(COUNT.call(["n"], ["x"]))
    own_redis.start()
    assert eventually(lambda: line.ask_one(COUNT.call(["n"], ["x"]))) == [b"n", b"x"]
    assert own_redis.client().get("n") == b"2", "what failed was not sent again"
    line.close()


def test_an_answer_that_came_too_late_is_not_taken_for_the_next(own_redis: RedisServer) -> None:
    line = RedisLine(connect(own_redis.url), [COUNT])
    line.ask_one(COUNT.call(["first"], ["x"]))
    own_redis.freeze()
    with pytest.raises(redis.RedisError):
        line.ask_one(COUNT.call(["second"], ["x"]), patience=0.1)
    own_redis.thaw()
    assert line.ask_one(COUNT.call(["third"], ["x"])) == [b"third", b"x"]
    line.close()


def test_who_is_killed_while_asking_leaves_no_half_answer(line: RedisLine) -> None:
    asking = gevent.spawn(line.ask_one, ("BLPOP", "nothing", "0"))
    eventually(lambda: not asking.ready() and asking.started)
    gevent.sleep(0)
    asking.kill()
    assert line.ask_one(("ECHO", "mine")) == b"mine"


def test_a_script_that_does_not_exist() -> None:
    with pytest.raises(FileNotFoundError):
        delivery_script("nothing")


def test_what_was_refused_stands_among_the_answers(line: RedisLine) -> None:
    first, refused, last = line.ask_each([("SET", "a", "x"), ("LPUSH", "a", "y"), ("GET", "a")])
    assert (first, last) == (b"OK", b"x")
    assert isinstance(refused, redis.ResponseError)
