"""Versions in Redis: which are kept, and how many live calls run each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from engine.core.errors import ControlError, StoreError
from engine.core.ids import CallId
from engine.shell.kept_bundles import KeptBundles
from engine.shell.keys import Keys, bundle_key
from engine.shell.store import Store, connect
from tests.shell.redis_server import RedisServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


def begin(client: redis.Redis, call: str, bundle: str) -> None:
    keys = Keys(0)
    client.hset(keys.live, call, "fs1")
    client.hset(keys.state(CallId(call)), "bundle", bundle)


def test_versions_and_their_calls(server: RedisServer) -> None:
    store, client = Store(server.url), connect(server.url)
    store.keep_bundle("aaaa11112222", {"ivr_flows/a.flow.yaml": "", "ivr_flows/project.yaml": "", "#sounds": ""})
    store.keep_bundle("aaaa33334444", {"ivr_flows/a.flow.yaml": "", "ivr_flows/b.flow.yaml": ""})
    client.expire(bundle_key("aaaa11112222"), 3600)
    for number in range(3):
        begin(client, f"call{number}", "aaaa11112222")
    begin(client, "lost", "gone")
    newest, oldest, gone = KeptBundles(client).known()
    assert (newest.id, newest.calls, newest.flows) == ("aaaa33334444", 0, 2)
    assert (oldest.id, oldest.calls, oldest.flows, oldest.kept) == ("aaaa11112222", 3, 1, True)
    assert newest.expires is not None
    assert oldest.expires is not None
    assert oldest.expires <= 3600 < newest.expires
    assert (gone.id, gone.calls, gone.kept) == ("gone", 1, False)


def test_a_version_by_the_beginning_of_its_id(server: RedisServer) -> None:
    store = Store(server.url)
    kept = KeptBundles(store.redis)
    for name in ("aaaa1111", "aaaa2222"):
        store.keep_bundle(name, {"x": name})
    assert kept.sources("aaaa1") == ("aaaa1111", {"x": "aaaa1111"})
    assert (kept.texts("aaaa1111"), kept.texts("aaaa1")) == ({"x": "aaaa1111"}, {})
    with pytest.raises(ControlError, match="2 versions"):
        kept.sources("aaaa")
    with pytest.raises(ControlError, match="neither a folder nor a version"):
        kept.sources("bbbb")


def test_without_redis(server: RedisServer) -> None:
    kept = KeptBundles(connect(server.url))
    server.stop()
    with pytest.raises(StoreError, match="cannot be read"):
        kept.known()
    with pytest.raises(StoreError, match="cannot be read"):
        kept.sources("a")
    with pytest.raises(StoreError, match="cannot be read"):
        kept.texts("a")
