"""Servers for the tests of the shell, each on a free port."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.shell.outbox import Outbox
from engine.shell.outbox_file import OutboxError, OutboxFile
from engine.shell.store import Store
from tests.shell.line import Line
from tests.shell.redis_server import RedisServer
from tests.shell.scripted_switch import ScriptedSwitch
from tests.shell.stores import MakeStore


@pytest.fixture
def switch_server() -> Iterator[ScriptedSwitch]:
    """An event socket that does as it is told."""
    server = ScriptedSwitch()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for all tests that do not end it."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> RedisServer:
    """A Redis that is empty at the start of the test."""
    shared_redis.client().flushall()
    return shared_redis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis the test may kill."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def line(redis_server: RedisServer, switch_server: ScriptedSwitch) -> Iterator[Line]:
    """Calls on a scripted switch that is connected."""
    store = Store(redis_server.url)
    store.start()
    line = Line(redis_server, switch_server, store)
    line.start()
    yield line
    line.close()
    store.stop()


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis and the disk are tried again soon."""
    monkeypatch.setattr("engine.shell.store.RETRY_DELAY", 0.02)
    monkeypatch.setattr("engine.shell.detour.RETRY_DELAY", 0.02)


@pytest.fixture
def make_store(own_redis: RedisServer, tmp_path: Path, quick_retries: None) -> Iterator[MakeStore]:
    """Stores of one Redis and one folder, as engines of one machine have them."""
    made: list[Store] = []

    def make(max_bytes: int = 1 << 30, **options: Any) -> Store:
        store = Store(own_redis.url, outbox=Outbox(tmp_path / "outbox", max_bytes), **options)
        store.start()
        made.append(store)
        return store

    yield make
    for store in made:
        store.stop(1.0)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A disk that takes nothing while True is the last of the list."""
    full = [True]
    append = OutboxFile.append

    def refuse(file: OutboxFile, turns: list[bytes], made: float, doubtful: int = 0) -> None:
        if full[-1]:
            raise OutboxError("database or disk is full")
        append(file, turns, made, doubtful)

    monkeypatch.setattr(OutboxFile, "append", refuse)
    return full
