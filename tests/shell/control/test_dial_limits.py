"""A tenant's calls are counted by all engines together, and forgotten when they have ended."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from engine.core.effects import RegisteredUser
from engine.core.errors import ControlError
from engine.core.ids import CallId, LegId
from engine.core.signals import DialRequested
from engine.shell.control.dial_limits import DialLimits
from engine.shell.keys import DiallingKeys
from tests.shell.line import Line, bundle
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

A, B, C = CallId("a"), CallId("b"), CallId("c")


def limits_of(server: RedisServer, per_second: float = 1000.0, at_once: int = 2) -> DialLimits:
    return DialLimits(server.client(), per_second, at_once)


def refused(limits: DialLimits, call: CallId, tenant: str = "acme") -> ControlError:
    with pytest.raises(ControlError) as error:
        limits.reserve(tenant, call, 60.0)
    assert error.value.fault == "limit_reached"
    return error.value


def live(server: RedisServer, tenant: str = "acme") -> set[bytes]:
    members: Any = server.client().zrange(DiallingKeys(tenant).live, 0, -1)
    return set(members)


@pytest.fixture
def limits(redis_server: RedisServer) -> Iterator[DialLimits]:
    limits = limits_of(redis_server)
    limits.start()
    yield limits
    limits.stop()


def test_so_many_calls_at_the_same_time(redis_server: RedisServer, limits: DialLimits) -> None:
    limits.reserve("acme", A, 60.0)
    limits_of(redis_server).reserve("acme", B, 60.0)
    assert "2 calls are under way" in str(refused(limits, C))
    limits.reserve("other", C, 60.0)
    limits.reserve("acme", A, 60.0)  # the same call again is no other call
    limits.release("acme", A)
    eventually(lambda: live(redis_server) == {b"b"}, "the end of a call")
    limits.reserve("acme", C, 60.0)


def test_so_many_calls_a_second(redis_server: RedisServer) -> None:
    limits = limits_of(redis_server, per_second=0.01, at_once=100)
    limits.reserve("acme", A, 60.0)
    error = refused(limits, B)
    assert "0.01 calls a second" in str(error)
    assert 90 < error.retry_after <= 100
    limits.reserve("other", B, 60.0)
    assert live(redis_server) == {b"a"}, "a refused call is not counted"


def test_a_rate_of_several_may_come_at_once(redis_server: RedisServer) -> None:
    limits = limits_of(redis_server, per_second=3.0, at_once=100)
    for call in "abc":
        limits.reserve("acme", CallId(call), 60.0)
    assert 0 < refused(limits, CallId("d")).retry_after <= 0.334


def test_none_is_none(redis_server: RedisServer) -> None:
    refused(limits_of(redis_server, at_once=0), A)


def test_a_call_nobody_says_has_ended_is_not_counted_for_ever(redis_server: RedisServer) -> None:
    limits = limits_of(redis_server, at_once=1)
    limits.reserve("acme", A, 0.03)
    eventually(lambda: not redis_server.client().exists(DiallingKeys("acme").live), "its time")
    limits.reserve("acme", B, 60.0)
    redis_server.client().zadd(DiallingKeys("acme").live, {"b": 1})
    limits.reserve("acme", C, 60.0)


def test_the_end_of_a_call_we_placed_is_seen_and_others_are_not(line: Line, limits: DialLimits) -> None:
    line.calls.watch(limits.watch)
    call = CallId("4990ca92-a3de-4111-b419-87ceaf4f9c90")
    limits.reserve("default", call, 60.0)
    order = DialRequested(1.0, LegId(call), "", RegisteredUser("zoe"), "say", {}, 20.0, 600.0)
    assert line.calls.place(line.switch, order, bundle(), 10.0)
    inbound = line.arrives("wait")
    limits.reserve("default", inbound.call, 60.0)
    line.hangs_up(inbound.call)
    line.closed(inbound)
    assert live(line.redis, "default") == {call.encode(), inbound.call.encode()}
    line.hangs_up(call)
    eventually(lambda: live(line.redis, "default") == {inbound.call.encode()}, "the end")


def test_an_end_is_told_when_redis_is_back(own_redis: RedisServer) -> None:
    limits = limits_of(own_redis)
    limits.start()
    limits.reserve("acme", A, 600.0)
    own_redis.kill()
    limits.release("acme", A)
    with pytest.raises(redis.RedisError):
        limits.reserve("acme", B, 600.0)
    own_redis.start()
    eventually(lambda: live(own_redis) == set(), "the end of the call")
    limits.stop()
