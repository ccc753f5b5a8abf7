"""Sessions in Redis: known by a token nobody can guess, gone after half a day, useless to who reads the Redis."""

import pytest

from engine.api.ports.sessions import LIFETIME
from engine.core.errors import StoreError
from engine.shell.serving.console_sessions import ConsoleSessions
from tests.shell.redis_server import RedisServer


def test_a_session_is_found_by_its_token_until_it_is_closed(redis_server: RedisServer) -> None:
    sessions = ConsoleSessions(redis_server.client())
    token, other = sessions.open("AAAA1111"), sessions.open("BBBB2222")
    assert (sessions.find(token), sessions.find(other)) == ("AAAA1111", "BBBB2222")
    sessions.close(token)
    assert (sessions.find(token), sessions.find(other)) == (None, "BBBB2222")


@pytest.mark.parametrize("token", ["", "x", "*", "\ud800", "a" * 100])
def test_what_is_no_token_finds_nothing(redis_server: RedisServer, token: str) -> None:
    sessions = ConsoleSessions(redis_server.client())
    sessions.open("AAAA1111")
    assert sessions.find(token) is None
    sessions.close(token)


def test_tokens_are_not_in_redis_and_end_by_themselves(redis_server: RedisServer) -> None:
    token = ConsoleSessions(redis_server.client()).open("AAAA1111")
    client = redis_server.client()
    names = [name for name in client.scan_iter("sb:session:*") if client.get(name) == b"AAAA1111"]
    assert names
    assert all(token.encode() not in name for name in names)
    assert all(0 < client.ttl(name) <= LIFETIME for name in names)


def test_without_redis_nobody_is_signed_in_or_out(own_redis: RedisServer) -> None:
    sessions = ConsoleSessions(own_redis.client())
    token = sessions.open("AAAA1111")
    own_redis.kill()
    for attempt in (lambda: sessions.open("A"), lambda: sessions.find(token), lambda: sessions.close(token)):
        with pytest.raises(StoreError):
            attempt()
