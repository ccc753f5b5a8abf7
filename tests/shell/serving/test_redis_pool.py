"""Redis for requests: bounded, prompt, and nothing twice."""

import gevent
import pytest
import redis

from engine.shell.serving import redis_pool
from engine.shell.serving.redis_pool import request_redis
from tests.shell.redis_server import RedisServer


def test_it_asks_and_is_answered(redis_server: RedisServer) -> None:
    client = request_redis(redis_server.url)
    jobs = [gevent.spawn(client.incr, "n") for _ in range(200)]
    gevent.joinall(jobs, raise_error=True)
    assert sorted(job.value for job in jobs) == list(range(1, 201))
    assert client.client_list()
    client.connection_pool.disconnect()


def test_a_connection_the_server_closed_is_made_anew(redis_server: RedisServer) -> None:
    client = request_redis(redis_server.url)
    client.ping()
    redis_server.client().client_kill_filter(_type="normal", skipme=True)
    assert client.ping()
    client.connection_pool.disconnect()


def test_a_server_that_is_away_is_told_at_once_and_used_when_back(own_redis: RedisServer) -> None:
    client = request_redis(own_redis.url)
    client.ping()
    own_redis.stop()
    with pytest.raises(redis.RedisError):
        client.ping()
    own_redis.start()
    assert client.ping()
    client.connection_pool.disconnect()


def test_who_finds_every_connection_taken_waits_and_is_told(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_pool, "CONNECTIONS", 1)
    client = request_redis(redis_server.url)
    client.connection_pool.timeout = 0.05
    held = gevent.spawn(client.blpop, "nothing", 1.5)
    gevent.sleep(0)
    with pytest.raises(redis.ConnectionError):
        client.ping()
    assert not held.ready(), "the connection was taken all the time"
    held.join()
    client.connection_pool.disconnect()
