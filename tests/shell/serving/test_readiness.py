"""Readiness: Redis and an engine."""

import orjson

from engine.shell.keys import SWITCHES, serving_key
from engine.shell.serving.readiness import Readiness
from tests.shell.redis_server import RedisServer


def test_what_is_missing_is_named(own_redis: RedisServer) -> None:
    client = own_redis.client()
    readiness = Readiness(client)
    assert readiness.checks() == {"redis": "", "engine": "no engine serves a switch"}
    client.sadd(SWITCHES, "one", "two")
    client.set(serving_key("one"), orjson.dumps({"engine": "e", "up": False, "calls": 1}))
    assert "connected" in readiness.checks()["engine"]
    client.set(serving_key("two"), orjson.dumps({"engine": "e", "up": True, "calls": 1}))
    assert readiness.checks() == {"redis": "", "engine": ""}
    own_redis.stop()
    assert readiness.checks()["redis"]
