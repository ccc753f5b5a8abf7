"""Endpoints in Redis: each tenant its own, secrets sealed, changes seen at once and never lost to another."""

from dataclasses import replace

import gevent
import pytest

from engine.core.errors import StoreError
from engine.shell.delivery.endpoints import EndpointStore, EndpointView
from engine.shell.keys import EndpointKeys, endpoints_key
from engine.shell.store import connect
from engine.webhooks.endpoint import Endpoint
from tests.shell.delivery.stand import SECRET, endpoint
from tests.shell.redis_server import RedisServer


def test_what_is_created_is_found_by_its_tenant_alone(store: EndpointStore) -> None:
    one = store.create("acme", endpoint("one"))
    two = store.create("acme", endpoint("two"))
    assert store.list("acme") == [one, two]
    assert store.get("acme", "ep_one") == one
    assert one.tenant == "acme"
    assert one.created_at > 1_700_000_000, "by the clock of Redis"
    assert store.list("other") == []
    assert store.get("other", "ep_one") is None
    assert store.update("other", one) is None
    assert not store.delete("other", "ep_one")
    assert store.list("acme") == [one, two]


def test_secrets_do_not_stand_in_redis(redis_server: RedisServer, store: EndpointStore) -> None:
    store.create("acme", endpoint("one"))
    raw = redis_server.client().hget(endpoints_key("acme"), "ep_one")
    assert raw is not None
    assert SECRET.text.encode() not in raw
    assert SECRET.text[::-1].encode() in raw, "but sealed"


def test_every_change_is_a_new_version(store: EndpointStore) -> None:
    versions = [store.version()]
    one = store.create("acme", endpoint("one"))
    versions.append(store.version())
    store.update("acme", replace(one, url="https://other.example/"))
    versions.append(store.version())
    store.disable("acme", "ep_one", "gone", 5.0)
    versions.append(store.version())
    store.delete("acme", "ep_one")
    versions.append(store.version())
    assert len(set(versions)) == 5
    store.disable("acme", "ep_one", "gone", 5.0)
    assert store.version() == versions[-1], "nothing was changed"


def test_an_update_keeps_when_it_was_created(store: EndpointStore) -> None:
    one = store.create("acme", endpoint("one"))
    changed = store.update("acme", replace(one, created_at=1.0, events=("call.ended",)))
    assert changed is not None
    assert (changed.created_at, changed.events) == (one.created_at, ("call.ended",))


def test_changes_made_at_once_are_all_kept(store: EndpointStore) -> None:
    store.create("acme", endpoint("one", events=()))

    def add(number: int) -> None:
        def with_one_more(known: Endpoint) -> Endpoint:
            gevent.sleep(0)
            return replace(known, events=(*known.events, f"type.{number}"))

        store.change("acme", "ep_one", with_one_more)

    gevent.joinall([gevent.spawn(add, number) for number in range(8)], raise_error=True)
    changed = store.get("acme", "ep_one")
    assert changed is not None
    assert sorted(changed.events) == [f"type.{number}" for number in range(8)]


def test_a_change_that_others_always_overtake_is_told(store: EndpointStore, redis_server: RedisServer) -> None:
    one = store.create("acme", endpoint("one"))
    other = EndpointStore(connect(redis_server.url), lambda text: text[::-1], lambda text: text[::-1])

    def overtaken(known: Endpoint) -> Endpoint:
        other.change("acme", "ep_one", lambda one: replace(one, max_retries=one.max_retries + 1))
        return replace(known, url="https://never.example/")

    with pytest.raises(StoreError, match="many at once"):
        store.change("acme", "ep_one", overtaken)
    left = store.get("acme", "ep_one")
    assert left is not None
    assert left.url == one.url


def test_a_disabled_one_is_disabled_once(store: EndpointStore) -> None:
    store.create("acme", endpoint("one"))
    store.disable("acme", "ep_one", "gone", 5.0)
    left = store.disable("acme", "ep_one", "failing", 9.0)
    assert left is not None
    assert (left.is_active, left.disabled_reason, left.disabled_at) == (False, "gone", 5.0)


def test_a_deleted_one_leaves_nothing(redis_server: RedisServer, store: EndpointStore) -> None:
    store.create("acme", endpoint("one"))
    client = redis_server.client()
    keys = EndpointKeys("ep_one")
    client.xadd(keys.queue("s00"), {"i": "x"})
    client.zadd(keys.slow, {"x": 1})
    client.lpush(keys.log, "x")
    assert store.backlog("ep_one") == {"waiting": 1, "slow": 1, "dead": 0}
    assert store.delete("acme", "ep_one")
    assert [key for key in client.scan_iter() if b"ep_one" in key] == []
    assert store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 0}


def test_health_is_what_was_written_of_it(redis_server: RedisServer, store: EndpointStore) -> None:
    store.create("acme", endpoint("one"))
    redis_server.client().hset(EndpointKeys("ep_one").state, "last_status", 503)
    assert store.health("ep_one") == {"last_status": "503"}


def test_a_record_sealed_with_another_key_is_told_and_harms_no_other(
    redis_server: RedisServer, store: EndpointStore
) -> None:
    store.create("acme", endpoint("one"))

    def refuse(text: str) -> str:
        raise ValueError(f"not sealed with this key: {text[:0]}")

    stranger = EndpointStore(connect(redis_server.url), lambda text: text, refuse)
    with pytest.raises(StoreError, match="not sealed"):
        stranger.get("acme", "ep_one")
    stranger.create("acme", endpoint("two", secrets=()))
    view = EndpointView(stranger)
    view.show(stranger.version())
    assert list(view.by_id) == ["ep_two"]


def test_redis_away_is_told(own_redis: RedisServer) -> None:
    store = EndpointStore(connect(own_redis.url), str, str)
    own_redis.kill()
    for ask in (store.version, lambda: store.list("a"), lambda: store.create("a", endpoint()), store.records):
        with pytest.raises(StoreError):
            ask()


# The view


def test_the_view_holds_the_active_ones_and_says_when_they_change(store: EndpointStore) -> None:
    view = EndpointView(store)
    told: list[list[str]] = []
    view.on_change.append(lambda: told.append(sorted(view.by_id)))
    store.create("acme", endpoint("one"))
    store.create("other", endpoint("two"))
    view.show(store.version())
    assert told == [["ep_one", "ep_two"]]
    assert [one.endpoint.id for one in view.by_tenant["acme"]] == ["ep_one"]
    store.disable("acme", "ep_one", "paused", 1.0)
    view.show(store.version())
    assert told[-1] == ["ep_two"]
    assert "acme" not in view.by_tenant
    assert view.oldest_ms == view.by_tenant["other"][0].since_ms


def test_the_view_reads_again_only_for_another_version(redis_server: RedisServer, store: EndpointStore) -> None:
    view = EndpointView(store)
    store.create("acme", endpoint("one"))
    version = store.version()
    view.show(version)
    before = redis_server.client().info("commandstats")["cmdstat_hgetall"]["calls"]
    for _ in range(5):
        view.show(version)
    assert redis_server.client().info("commandstats")["cmdstat_hgetall"]["calls"] == before
    kept = view.by_tenant["acme"][0]
    store.create("acme", endpoint("two"))
    view.show(store.version())
    assert any(one is kept for one in view.by_tenant["acme"]), "what did not change is not read anew"


def test_a_view_of_nothing(store: EndpointStore) -> None:
    view = EndpointView(store)
    view.show(0)
    assert (view.by_tenant, view.by_id, view.oldest_ms) == ({}, {}, None)
