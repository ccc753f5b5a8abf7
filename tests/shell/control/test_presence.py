"""Who gives orders knows which engine serves which switch, and soon forgets one that does not say so any more."""

from engine.shell.control.presence import LIVES_MS, SAY_EVERY, Presence, Serving, serving
from engine.shell.keys import serving_key
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


def test_a_switch_is_served_until_its_engine_stops(redis_server: RedisServer) -> None:
    client, state = redis_server.client(), [False, 0]
    assert serving(client) == []
    one = Presence(redis_server.client(), "fs1", "engine-1", lambda: (bool(state[0]), int(state[1])))
    two = Presence(redis_server.client(), "fs2", "engine-2", lambda: (True, 7))
    for presence in (one, two):
        presence.start()
    eventually(
        lambda: serving(client) == [Serving("fs1", "engine-1", False, 0), Serving("fs2", "engine-2", True, 7)], "both"
    )
    state[:] = [True, 3]
    one.changed()
    eventually(lambda: Serving("fs1", "engine-1", True, 3) in serving(client), "the change")
    two.stop()
    assert serving(client) == [Serving("fs1", "engine-1", True, 3)]
    one.stop()
    one.stop()
    assert serving(client) == []


def test_an_engine_that_dies_is_forgotten(redis_server: RedisServer) -> None:
    presence = Presence(redis_server.client(), "fs1", "engine-1", lambda: (True, 0))
    presence.start()
    client = redis_server.client()
    eventually(lambda: serving(client), "its word")
    assert 0 < client.pttl(serving_key("fs1")) <= LIVES_MS
    assert SAY_EVERY * 1000 < LIVES_MS / 2
    presence.stop()


def test_redis_away_is_survived(own_redis: RedisServer) -> None:
    presence = Presence(own_redis.client(), "fs1", "engine-1", lambda: (True, 0))
    presence.start()
    eventually(lambda: serving(own_redis.client()), "its word")
    own_redis.kill()
    presence.changed()
    own_redis.start()
    own_redis.client().flushall()
    presence.changed()
    eventually(lambda: serving(own_redis.client()), "its word again")
    own_redis.kill()
    presence.stop()
