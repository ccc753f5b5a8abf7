"""Metrics of what waits for Redis."""

from prometheus_client import CollectorRegistry

from engine.core.ids import CallId
from engine.shell.outbox_gauges import OutboxGauges
from engine.shell.store import Store
from tests.shell.redis_server import RedisServer
from tests.shell.stores import MakeStore, closed, one
from tests.shell.waiting import eventually


def looked_at(store: Store) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(OutboxGauges(store))
    samples = [sample for family in registry.collect() for sample in family.samples]
    return {sample.name.removeprefix("switchboard_"): sample.value for sample in samples}


def test_an_outage_shows(make_store: MakeStore, own_redis: RedisServer) -> None:
    store = make_store()
    seen = looked_at(store)
    assert (seen["redis_up"], seen["outbox_turns"], seen["outbox_oldest_seconds"]) == (1, 0, 0)
    own_redis.kill()
    for number in range(5):
        store.commit(one(CallId("a"), number))
    seen = looked_at(store)
    assert (seen["redis_up"], seen["outbox_turns"], seen["outbox_failing"]) == (0, 5, 0)
    assert seen["outbox_bytes"] > 500
    assert seen["outbox_max_bytes"] == 1 << 30
    assert 0 < seen["outbox_oldest_seconds"] < 60
    own_redis.start()
    eventually(lambda: closed(store), "everything in Redis")
    seen = looked_at(store)
    assert (seen["redis_up"], seen["outbox_turns"], seen["outbox_bytes"]) == (1, 0, 0)


def test_trouble_with_the_disk_shows(make_store: MakeStore, own_redis: RedisServer, full_disk: list[bool]) -> None:
    store = make_store()
    own_redis.kill()
    store.commit(one(CallId("a"), 0))
    assert looked_at(store)["outbox_failing"] == 1
    assert store.detour is not None
    assert store.outbox is not None
    store.detour.lost, store.outbox.set_aside = 7, 3
    seen = looked_at(store)
    assert (seen["outbox_lost_events_total"], seen["outbox_unreadable_turns_total"]) == (7, 3)


def test_a_store_without_an_outbox_only_says_whether_redis_is_there(redis_server: RedisServer) -> None:
    store = Store(redis_server.url)
    assert looked_at(store) == {"redis_up": 1}
    store.stop()
