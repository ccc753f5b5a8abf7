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


def test_what_was_sent_can_be_sent_again_in_order_also_to_a_redis_that_forgot_the_script(
    redis_server: RedisServer,
) -> None:
    writer = RedisWriter(connect(redis_server.url), "return redis.call('RPUSH', KEYS[1], ARGV[1])")
    sent = []
    for number in range(100):
        writer.run(["list"], [number])
        sent.append(writer.sent)
    redis_server.client().flushall()
    redis_server.client().script_flush()
    writer.repeat(sent)
    assert redis_server.client().lrange("list", 0, -1) == [b"%d" % number for number in range(100)]
    assert writer.run(["list"], ["x"]) == 101, "the answers are in step"
    writer.close()


def test_a_repetition_that_is_refused_is_told_and_leaves_the_answers_in_step(redis_server: RedisServer) -> None:
    writer = RedisWriter(connect(redis_server.url), "return redis.call('RPUSH', KEYS[1], ARGV[1])")
    sent = []
    for _ in range(3):
        writer.run(["list"], ["x"])
        sent.append(writer.sent)
    redis_server.client().set("list", "no list any more")
    with pytest.raises(redis.ResponseError):
        writer.repeat(sent)
    redis_server.client().delete("list")
    assert writer.run(["list"], ["y"]) == 1
    writer.close()


def test_the_identity_changes_when_redis_is_another_one(own_redis: RedisServer) -> None:
    writer = RedisWriter(connect(own_redis.url), COUNT)
    first = writer.identity()
    assert len(first) == 40
    assert writer.identity() == first
    own_redis.kill()
    with pytest.raises(redis.RedisError):
        writer.identity()
    own_redis.start()
    assert writer.identity() not in ("", first)
    writer.close()


def test_a_redis_that_does_not_say_who_it_is_has_no_identity(redis_server: RedisServer) -> None:
    redis_server.client().acl_setuser("shy", enabled=True, nopass=True, keys="*", commands=["+@all", "-info"])
    writer = RedisWriter(connect(redis_server.url.replace("redis://", "redis://shy:x@")), COUNT)
    try:
        assert writer.identity() == ""
        assert writer.run(["counter"], ["a", "b"])
    finally:
        writer.close()
        redis_server.client().acl_deluser("shy")


def test_a_master_that_became_a_replica_is_left(own_redis: RedisServer) -> None:
    writer = RedisWriter(connect(own_redis.url), COUNT)
    writer.run(["counter"], ["a", "b"])
    own_redis.client().replicaof("127.0.0.1", 1)
    made = own_redis.client().info("stats")["total_connections_received"]
    for _ in range(2):
        with pytest.raises(redis.ReadOnlyError):
            writer.run(["counter"], ["a", "b"])
    # Each look of the test itself is a connection; the second run made one more.
    assert own_redis.client().info("stats")["total_connections_received"] == made + 2
    own_redis.client().replicaof("NO", "ONE")
    assert writer.run(["counter"], ["a", "b"])
    writer.close()
