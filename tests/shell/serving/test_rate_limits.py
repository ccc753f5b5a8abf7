"""Rate limits: no minute and no hour holds more than the limit, and who waits as told is served."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.ports.keys import Caller
from engine.shell.keys import api_rate_key
from engine.shell.serving.rate_limits import AWAY, HOUR, MINUTE, LocalCounts, RateLimits
from tests.shell.redis_server import RedisServer


def caller(per_minute: int = 60, per_hour: int = 3600, key: str = "k") -> Caller:
    return Caller(key, "acme", frozenset("*"), per_minute, per_hour)


def redis_now(redis_server: RedisServer) -> float:
    seconds, micro = redis_server.client().time()
    return seconds + micro / 1e6


def test_requests_are_counted_down_and_then_refused(redis_server: RedisServer) -> None:
    limits = RateLimits(redis_server.client())
    taken = [limits.take(caller(3)) for _ in range(4)]
    assert [one.remaining for one in taken] == [2, 1, 0, 0]
    assert [one.allowed for one in taken] == [True, True, True, False]
    assert taken[3].limit == 3
    assert [one.retry_after for one in taken[:3]] == [0, 0, 0]
    assert 1 <= taken[3].retry_after <= 120
    assert all(60 < one.reset <= 120 for one in taken)


def test_processes_count_together_and_keys_apart(redis_server: RedisServer) -> None:
    here, there = RateLimits(redis_server.client()), RateLimits(redis_server.client())
    assert here.take(caller(1)).allowed
    assert not there.take(caller(1)).allowed
    assert there.take(caller(1, key="other")).allowed


def test_the_hour_has_its_own_limit(redis_server: RedisServer) -> None:
    limits = RateLimits(redis_server.client())
    taken = [limits.take(caller(60, 2)) for _ in range(3)]
    assert [(one.allowed, one.limit) for one in taken] == [(True, 2), (True, 2), (False, 2)]
    assert 3600 < taken[2].reset <= 7200


def test_what_is_refused_is_not_counted(redis_server: RedisServer) -> None:
    limits = RateLimits(redis_server.client())
    for _ in range(5):
        limits.take(caller(2, 100))
    assert int(redis_server.client().hget(api_rate_key("k"), "h1")) == 2


def test_counts_are_forgotten_by_themselves(redis_server: RedisServer) -> None:
    RateLimits(redis_server.client()).take(caller())
    assert 3600_000 < redis_server.client().pttl(api_rate_key("k")) <= 7200_000


@given(here=st.integers(0, 12), before=st.integers(0, 12), limit=st.integers(1, 10), hours=st.integers(0, 12))
def test_redis_counts_as_the_process_does(
    shared_redis: RedisServer, here: int, before: int, limit: int, hours: int
) -> None:
    client = shared_redis.client()
    now = redis_now(shared_redis)
    counts = {
        "m": math.floor(now / MINUTE), "m1": here, "m0": before, "h": math.floor(now / HOUR), "h1": hours, "h0": 0,
    }  # fmt: skip
    client.hset(api_rate_key("k"), mapping=counts)
    there = RateLimits(client).take(caller(limit, 11))
    local = LocalCounts()
    local.take(caller(), now)
    minute, hour = local._windows["k"]
    minute.here, minute.before, hour.here, hour.before = here, before, hours, 0
    again = local.take(caller(limit, 11), now)
    later = redis_now(shared_redis)
    if math.floor(later / MINUTE) == counts["m"] and later - now < 0.5:
        assert (there.limit, there.allowed) == (again.limit, again.allowed) or before
        assert abs(there.remaining - again.remaining) <= 1
        assert abs(there.retry_after - again.retry_after) <= 1


@given(gaps=st.lists(st.floats(0, 40), max_size=60), limit=st.integers(1, 5))
def test_who_waits_as_told_is_served_and_no_window_overflows(gaps: list[float], limit: int) -> None:
    counts, now = LocalCounts(), 1_800_000_000.0
    served: list[float] = []
    for gap in gaps:
        now += gap
        allowance = counts.take(caller(limit, 10_000), now)
        if not allowance.allowed:
            now += allowance.retry_after
            assert counts.take(caller(limit, 10_000), now).allowed
        served.append(now)
        in_fixed_window = [at for at in served if math.floor(at / MINUTE) == math.floor(now / MINUTE)]
        assert len(in_fixed_window) <= limit


def test_the_turn_of_a_minute_does_not_double_the_limit() -> None:
    counts = LocalCounts()
    end = 1_800_000_000.0 // MINUTE * MINUTE + MINUTE - 1
    assert sum(counts.take(caller(60), end).allowed for _ in range(100)) == 60
    assert sum(counts.take(caller(60), end + 2).allowed for _ in range(100)) <= 1


def test_without_redis_the_process_counts_alone_and_comes_back(own_redis: RedisServer) -> None:
    clock = [1_800_000_000.0]
    limits = RateLimits(own_redis.client(), clock=lambda: clock[0])
    own_redis.stop()
    assert [limits.take(caller(1)).allowed for _ in range(2)] == [True, False]
    own_redis.start()
    assert not limits.take(caller(1)).allowed
    clock[0] += AWAY
    assert limits.take(caller(1)).allowed
    assert own_redis.client().exists(api_rate_key("k"))


def test_a_process_remembers_a_bounded_number_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.shell.serving.rate_limits.REMEMBERED", 10)
    counts = LocalCounts()
    for number in range(25):
        counts.take(caller(key=str(number)), 1.0)
    assert len(counts._windows) <= 10


def test_after_the_reset_the_whole_limit_is_there_again() -> None:
    counts, now = LocalCounts(), 1_800_000_000.0 + 31
    taken = [counts.take(caller(5), now) for _ in range(5)]
    assert taken[-1].remaining == 0
    later = now + taken[-1].reset
    assert [counts.take(caller(5), later).remaining for _ in range(5)] == [4, 3, 2, 1, 0]
