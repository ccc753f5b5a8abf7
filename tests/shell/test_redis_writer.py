"""One connection, one script: loaded when Redis does not know it, made anew when it broke, never repeated in secret."""

from collections.abc import Iterator

import pytest
import redis

from engine.shell.redis_writer import RedisWriter
from engine.shell.store import connect
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

COUNT = "redis.call('INCR', KEYS[1]); return {KEYS[1], ARGV[1], ARGV[2]}"


@pytest.fixture
def writer(redis_server: RedisServer) -> Iterator[RedisWriter]:
    writer = RedisWriter(connect(redis_server.url), COUNT)
    yield writer
    writer.close()


def calls_of(server: RedisServer, command: str) -> int:
    return int(server.client().info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0))


def test_the_script_gets_its_keys_and_values(redis_server: RedisServer, writer: RedisWriter) -> None:
    assert writer.run(["counter"], [b"\x00\xff", 7]) == [b"counter", b"\x00\xff", b"7"]
    assert redis_server.client().get("counter") == b"1"


def test_a_script_redis_does_not_know_is_sent_whole_once(redis_server: RedisServer, writer: RedisWriter) -> None:
    redis_server.client().script_flush()
    before = calls_of(redis_server, "eval")
    for _ in range(5):
        writer.run(["counter"], ["a", "b"])
    assert calls_of(redis_server, "eval") - before == 1
    assert redis_server.client().get("counter") == b"5"


def test_an_error_of_the_script_keeps_the_connection(redis_server: RedisServer, writer: RedisWriter) -> None:
    writer.run(["counter"], ["a", "b"])
    connections = redis_server.client().info("stats")["total_connections_received"]
    redis_server.client().lpush("list", "x")
    with pytest.raises(redis.ResponseError):
        writer.run(["list"], ["a", "b"])
    assert writer.run(["counter"], ["a", "b"]) == [b"counter", b"a", b"b"], "the answers are in step"
    # Each look of the test itself is a connection; the writer made none.
    assert redis_server.client().info("stats")["total_connections_received"] == connections + 2


def test_a_broken_connection_is_told_and_made_anew(own_redis: RedisServer) -> None:
    writer = RedisWriter(connect(own_redis.url), COUNT)
    writer.run(["counter"], ["a", "b"])
    own_redis.kill()
    for _ in range(2):
        with pytest.raises(redis.RedisError):
            writer.run(["counter"], ["a", "b"])
    own_redis.start()
    eventually(own_redis.client().ping)
    assert writer.run(["counter"], ["a", "b"]) == [b"counter", b"a", b"b"]
    assert own_redis.client().get("counter") == b"2", "what failed was not sent again"
    writer.close()


def test_an_answer_that_came_too_late_is_not_taken_for_the_next(own_redis: RedisServer) -> None:
    client = redis.Redis.from_url(own_redis.url, protocol=2, socket_timeout=0.1)
    writer = RedisWriter(client, COUNT)
    writer.run(["counter"], ["first", "x"])
    own_redis.freeze()
    with pytest.raises(redis.RedisError):
        writer.run(["counter"], ["second", "x"])
    own_redis.thaw()
    assert writer.run(["counter"], ["third", "x"]) == [b"counter", b"third", b"x"]
    writer.close()
