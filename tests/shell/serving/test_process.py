"""The API process over real HTTP and a real Redis."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import orjson
import pytest
import requests

from engine.config import Api, Settings
from engine.core.errors import SettingsError
from engine.shell.keys import SWITCHES, serving_key
from engine.shell.serving.process import ApiProcess
from tests.shell.redis_server import RedisServer

FLOW = "flow: hello\nstart: a\nblocks:\n  a:\n    - answer:\n    - hangup:\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "ivr_flows").mkdir()
    (tmp_path / "ivr_flows/hello.flow.yaml").write_text(FLOW)
    return Settings(project_dir=tmp_path, state_dir=tmp_path / "var", api=Api(port=0), tenant="acme")


Begin = Callable[..., ApiProcess]


@pytest.fixture
def begin(settings: Settings) -> Iterator[Begin]:
    """Starts API processes; stops them in the end."""
    started: list[ApiProcess] = []

    def run(redis: RedisServer, **api: int) -> ApiProcess:
        process = ApiProcess(settings.model_copy(update={"api": Api(port=0, **api)}), redis.url)
        process.start()
        started.append(process)
        return process

    yield run
    for process in started:
        process.stop()


class Client(requests.Session):
    """Asks one process, with a key."""

    def __init__(self, process: ApiProcess, key: str = "") -> None:
        super().__init__()
        self.trust_env = False
        self.base = process.address
        if key:
            self.headers["X-API-Key"] = key

    def ask(self, path: str, method: str = "GET", **more: object) -> requests.Response:
        return self.request(method, self.base + path, timeout=10, **more)  # type: ignore[arg-type]


def key_of(process: ApiProcess, *scopes: str, **limits: int) -> str:
    return process.keys.create("acme", "test", scopes or ("*",), **limits)[0]


def until(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    with gevent.Timeout(seconds, False):
        while not holds():
            gevent.sleep(0.02)
        return True
    return False


def test_a_request_goes_through_key_limit_and_flows(redis_server: RedisServer, begin: Begin) -> None:
    process = begin(redis_server)
    client = Client(process, key_of(process))
    reply = client.ask("/v1/flows")
    assert [flow["name"] for flow in reply.json()["flows"]] == ["hello"]
    assert (reply.headers["RateLimit-Limit"], reply.headers["RateLimit-Remaining"]) == ("60", "59")
    assert client.ask("/v1/flows/check", "POST", json={"text": "flow: [", "file": "ivr_flows/x.flow.yaml"}).json()[
        "findings"
    ]
    assert client.ask("/v1/usage").status_code == 200
    assert client.ask("/v1/calls").json()["calls"] == []
    assert client.ask("/v1/calls/0d5b9ae1-77a5-4b43-9b4e-4c8ad2c1f001").status_code == 404
    assert Client(process).ask("/v1/flows").status_code == 401
    assert Client(process).ask("/openapi.json").json()["info"]["title"] == "Switchboard"


def test_a_revoked_key_is_refused_within_a_second(redis_server: RedisServer, begin: Begin) -> None:
    here, there = begin(redis_server), begin(redis_server)
    key = key_of(here)
    client = Client(there, key)
    assert client.ask("/v1/flows").status_code == 200
    here.keys.revoke(key)
    assert until(lambda: client.ask("/v1/flows").status_code == 401, 1.0)


def test_limits_hold_across_processes(redis_server: RedisServer, begin: Begin) -> None:
    here, there = begin(redis_server, per_minute=3), begin(redis_server, per_minute=3)
    key = key_of(here)
    statuses = [Client(process, key).ask("/v1/flows").status_code for process in (here, there, here, there)]
    assert statuses == [200, 200, 200, 429]
    reply = Client(here, key).ask("/v1/flows")
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.json()["error"] == "rate_limited"


def test_a_repeated_post_has_the_kept_reply(redis_server: RedisServer, begin: Begin) -> None:
    process = begin(redis_server)
    client = Client(process, key_of(process))
    replies = [
        client.ask("/v1/flows/check", "POST", json={"text": "a"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert replies[0].content == replies[1].content
    assert ["Idempotent-Replayed" in reply.headers for reply in replies] == [False, True]


def test_it_is_ready_when_an_engine_serves(redis_server: RedisServer, begin: Begin) -> None:
    client = Client(begin(redis_server))
    assert client.ask("/ready").json()["missing"] == {"engine": "no engine serves a switch"}
    redis_server.client().sadd(SWITCHES, "one")
    redis_server.client().set(serving_key("one"), orjson.dumps({"engine": "e", "up": False, "calls": 0}))
    assert client.ask("/ready").status_code == 503
    redis_server.client().set(serving_key("one"), orjson.dumps({"engine": "e", "up": True, "calls": 0}))
    assert (client.ask("/ready").status_code, client.ask("/ready").json()["status"]) == (200, "ready")


def test_without_redis_it_says_so_and_comes_back(own_redis: RedisServer, begin: Begin) -> None:
    process = begin(own_redis)
    client = Client(process, key_of(process))
    assert client.ask("/v1/calls").status_code == 200
    own_redis.stop()
    assert client.ask("/health").status_code == 200
    assert "redis" in client.ask("/ready").json()["missing"]
    assert client.ask("/v1/flows").status_code == 200
    reply = client.ask("/v1/calls")
    assert (reply.status_code, reply.json()["error"]) == (503, "store_unavailable")
    own_redis.start()
    assert until(lambda: client.ask("/v1/calls").status_code == 200)


def test_an_order_without_an_engine_is_told(redis_server: RedisServer, begin: Begin) -> None:
    process = begin(redis_server)
    reply = Client(process, key_of(process)).ask("/v1/flows/reload", "POST")
    assert (reply.status_code, reply.json()["error"]) == (503, "engine_away")


def test_a_taken_port_is_told(redis_server: RedisServer, begin: Begin, settings: Settings) -> None:
    port = begin(redis_server).server.server_port
    second = ApiProcess(settings.model_copy(update={"api": Api(port=port)}), redis_server.url)
    with pytest.raises(SettingsError, match=str(port)):
        second.start()
    second.stop()


def test_what_is_counted_can_be_read(redis_server: RedisServer, begin: Begin) -> None:
    process = begin(redis_server, metrics_port=0)
    client = Client(process)
    client.ask("/health")
    client.ask("/health", "BREW")
    registry = process._metrics.registry

    def count(method: str, status: str) -> float | None:
        return registry.get_sample_value("switchboard_api_requests_total", {"method": method, "status": status})

    assert count("GET", "200") == 1
    assert until(lambda: count("other", "405") == 1)
    assert registry.get_sample_value("switchboard_api_connections") == 1
    assert registry.get_sample_value("switchboard_api_seconds_count") == 2


def test_stopping_ends_event_streams_at_once(redis_server: RedisServer, begin: Begin) -> None:
    process = begin(redis_server)
    client = Client(process, key_of(process))
    stream = client.get(process.address + "/v1/events", stream=True, timeout=10)
    assert stream.status_code == 200
    ended = gevent.spawn(lambda: list(stream.iter_content(1000)))
    stopping = gevent.spawn(process.stop)
    with gevent.Timeout(4):
        stopping.get()
    ended.join(5)
    assert ended.dead
