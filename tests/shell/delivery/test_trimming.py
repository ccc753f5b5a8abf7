"""The janitor of the streams: what all have read goes in time, what somebody has not read stays while there is room."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import orjson
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from engine.config import Webhooks
from engine.shell.delivery.trimming import Keep, Trimmer
from engine.shell.keys import Keys
from tests.shell.delivery.stand import Stand, record
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

STREAM = Keys(0).events
PLENTY = 10_000_000
DAY = 86_400_000

Make = Callable[..., Trimmer]


@pytest.fixture
def make(redis_server: RedisServer) -> Iterator[Make]:
    made: list[Trimmer] = []

    def make(seconds: float = 86_400.0, read: int = PLENTY, most: int = PLENTY, **options: Any) -> Trimmer:
        made.append(Trimmer(redis_server.client(), Keep(seconds, read, most), **options))
        return made[-1]

    yield make
    for trimmer in made:
        trimmer.stop()


def fill(
    client: redis.Redis, count: int, age_ms: int = 0, tenant: str = "default", stream: str = STREAM
) -> list[bytes]:
    """Events told so long ago; their places, oldest first."""
    first = int(time.time() * 1000) - age_ms - count
    with client.pipeline(transaction=False) as pipeline:
        for n in range(1, count + 1):
            pipeline.xadd(stream, {"event": record("c", n, tenant=tenant)}, id=f"{first + n}-0")
        return pipeline.execute()


def left(client: redis.Redis, stream: str = STREAM) -> list[bytes]:
    entries: Any = client.xrange(stream)
    return [place for place, _ in entries]


def group(client: redis.Redis, name: str, at: bytes | str) -> None:
    """A reader that has read everything up to a place."""
    try:
        client.xgroup_create(STREAM, name, at, mkstream=True)
    except redis.ResponseError:
        client.xgroup_setid(STREAM, name, at)


def test_a_stream_that_is_not_there_is_no_fault(make: Make) -> None:
    make().look()


def test_old_events_go_once_all_have_read_them(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    places = fill(client, 1000, 2 * DAY)
    young = fill(client, 200)
    group(client, "webhooks", places[599])
    group(client, "records", young[-1])
    trimmer = make()
    trimmer.look()
    kept = left(client)
    assert kept[-600:] == [*places[600:], *young]
    assert len(kept) < 1200 - 400, "a node of the stream more may stay"
    assert trimmer.trimmed == 1200 - len(kept)
    group(client, "webhooks", young[-1])
    trimmer.look()
    kept = left(client)
    assert set(young) <= set(kept)
    assert len(kept) < 200 + 120, "young ones stay although all have read them"


def test_what_was_delivered_but_not_confirmed_counts_as_unread(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    places = fill(client, 600, 2 * DAY)
    group(client, "webhooks", "0")
    client.xreadgroup("webhooks", "one", {STREAM: ">"}, count=600)
    client.xack(STREAM, "webhooks", *places[:300], *places[400:])
    make().look()
    assert set(places[300:]) <= set(left(client))
    assert len(left(client)) < 420
    client.xack(STREAM, "webhooks", *places[300:400])
    make().look()
    assert len(left(client)) < 120


def test_without_readers_all_is_read(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    fill(client, 500, 2 * DAY)
    make().look()
    assert len(left(client)) < 120


def test_a_long_stream_is_shortened_early_but_only_by_what_was_read(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    places = fill(client, 3000)
    group(client, "webhooks", places[999])
    trimmer = make(read=500)
    trimmer.look()
    assert set(places[1000:]) <= set(left(client)), "unread"
    assert len(left(client)) < 2000 + 120
    group(client, "webhooks", places[-1])
    trimmer.look()
    assert 500 <= len(left(client)) < 500 + 120
    assert left(client)[-1] == places[-1]
    assert not trimmer.lost


def told_losses(client: redis.Redis) -> dict[str, dict[str, Any]]:
    entries: Any = client.xrange(STREAM)
    events = [orjson.loads(fields[b"event"]) for _, fields in entries]
    return {event["tenant"]: event["data"] for event in events if event["type"] == "events.lost"}


def test_beyond_the_bound_the_oldest_are_lost_and_that_is_told_to_each_tenant(
    redis_server: RedisServer, make: Make
) -> None:
    client = redis_server.client()
    first = fill(client, 300, 5000)
    theirs = fill(client, 900, 3000, tenant="acme")
    rest = fill(client, 800)
    group(client, "webhooks", first[99])
    group(client, "records", theirs[99])
    trimmer = make(read=500, most=1000)
    trimmer.look()
    kept = left(client)
    assert rest == kept[-802:-2], "the newest stay"
    assert 980 <= len(kept) <= 1002
    gone = 2000 - (len(kept) - 2)
    assert trimmer.lost == {"webhooks": gone - 100, "records": gone - 400}
    losses = told_losses(client)
    assert losses.keys() == {"default", "acme"}
    assert (losses["default"]["events"], losses["default"]["first"], losses["default"]["last"]) == (
        200, "evt_c_101", "evt_c_300",
    )  # fmt: skip
    assert losses["acme"]["events"] == gone - 300
    assert "webhooks" in losses["acme"]["reason"]
    trimmer.look()
    assert len(told_losses(client)) == 2, "it is told once"


def test_beyond_the_bound_nothing_is_lost_when_all_have_read_it(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    places = fill(client, 2000)
    group(client, "webhooks", places[-1])
    trimmer = make(read=5000, most=1000)
    trimmer.look()
    assert 980 <= len(left(client)) <= 1000
    assert told_losses(client) == {}
    assert not trimmer.lost


def test_every_shard_is_looked_at(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    for shard in range(3):
        fill(client, 300, 2 * DAY, stream=Keys(shard).events)
    make(shards=3).look()
    assert all(len(left(client, Keys(shard).events)) < 120 for shard in range(3))


def test_an_event_nobody_can_read_does_not_stop_it(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    for fields in ({"event": b"no json"}, {"event": b"[]"}, {"other": b"x"}):
        for _ in range(200):
            client.xadd(STREAM, fields)  # type: ignore[arg-type]
    group(client, "webhooks", "0")
    trimmer = make(most=100)
    trimmer.look()
    assert len(left(client)) <= 100
    assert trimmer.lost["webhooks"] >= 500


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 700),
    st.integers(0, 300),
    st.lists(st.integers(0, 1000), max_size=3),
    st.integers(1, 1200),
)
def test_nothing_unread_ever_goes_while_there_is_room(
    redis_server: RedisServer, make: Make, old: int, young: int, readers: list[int], read: int
) -> None:
    client = redis_server.client()
    client.delete(STREAM)
    places = fill(client, old, 2 * DAY) + fill(client, young)
    positions = [min(position, len(places)) for position in readers]
    for number, position in enumerate(positions):
        group(client, f"reader-{number}", places[position - 1] if position else "0")
    trimmer = make(read=read)
    trimmer.look()
    unread = places[min(positions) :] if positions else []
    kept = left(client)
    assert kept == places[len(places) - len(kept) :], "only the oldest go"
    assert set(unread) <= set(kept)
    assert len(kept) >= min(young, read)
    assert not trimmer.lost


def test_it_works_by_itself_and_survives_an_outage(own_redis: RedisServer) -> None:
    trimmer = Trimmer(own_redis.client(), Keep(60.0), every=0.01)
    trimmer.start()
    fill(own_redis.client(), 300, 120_000)
    eventually(lambda: trimmer.trimmed > 150, "trimmed")
    own_redis.kill()
    gevent.sleep(0.05)
    own_redis.start()
    before = trimmer.trimmed
    fill(own_redis.client(), 300, 60_500)
    eventually(lambda: trimmer.trimmed > before + 150, "trimmed again")
    trimmer.stop()


def test_its_metrics(redis_server: RedisServer, make: Make) -> None:
    client = redis_server.client()
    fill(client, 700)
    group(client, "webhooks", "0")
    trimmer = make(most=500)
    trimmer.look()
    registry = CollectorRegistry()
    registry.register(trimmer)
    assert registry.get_sample_value("switchboard_events_cut_off_total", {"reader": "webhooks"}) == 210
    assert registry.get_sample_value("switchboard_events_kept", {"shard": "s00"}) == 490
    assert registry.get_sample_value("switchboard_events_trimmed_total") == 0


def test_the_settings_say_how_long() -> None:
    assert Keep.of(Webhooks()) == Keep(86_400.0, 1_000_000, 4_000_000)
    assert Keep.of(Webhooks(keep_events_hours=2, keep_events=200, most_events=300)) == Keep(7200.0, 200, 300)


def test_a_deliver_process_trims_what_was_handed_out(
    stand: Stand, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.delivery.trimming.EVERY", 0.05)
    client = redis_server.client()
    stand.process(keep_events=100)
    eventually(lambda: client.exists(STREAM) and len(client.xinfo_groups(STREAM)) == 2, "both readers")  # type: ignore[arg-type]
    fill(client, 2000)
    eventually(lambda: 100 <= len(left(client)) < 250, "trimmed")
    assert told_losses(client) == {}
