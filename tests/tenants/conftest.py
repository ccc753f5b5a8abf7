"""A whole installation in one process, with two tenants in it."""

import gc
from collections.abc import Iterator

import pytest

from tests.shell.conftest import shared_redis
from tests.shell.redis_server import RedisServer
from tests.shell.scripted_switch import ScriptedSwitch
from tests.tenants.house import House

__all__ = ["shared_redis"]


@pytest.fixture(scope="module")
def house(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Engine, deliver process and API on one Redis; what the tests do to it adds up."""
    shared_redis.client().flushall()
    thresholds = gc.get_threshold()
    switch = ScriptedSwitch()
    switch.start()
    house = House(shared_redis, switch, tmp_path_factory.mktemp("house"))
    house.start()
    yield house
    house.stop()
    switch.stop()
    gc.unfreeze()  # an engine tunes the collector of its process for good; here others live in it too
    gc.set_threshold(*thresholds)
