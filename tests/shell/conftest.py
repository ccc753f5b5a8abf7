"""Servers for the tests of the shell, each on a free port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.shell.store import Store
from tests.shell.line import Line
from tests.shell.redis_server import RedisServer
from tests.shell.scripted_switch import ScriptedSwitch


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
