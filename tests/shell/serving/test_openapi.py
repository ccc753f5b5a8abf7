"""The API keeps what its OpenAPI document promises, whatever it is sent: no 5xx, no status or body it does not tell of.

Everything behind it is real but the engine; half of the requests name calls, flows and endpoints that are there.
"""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import Client

from engine.api.frame import create_app, openapi_text
from engine.config import Api, Settings
from engine.shell.delivery.redis_line import RedisLine
from engine.shell.keys import SWITCHES, Keys, serving_key
from engine.shell.records.record_writer import SCRIPTS, RecordWriter
from engine.shell.serving.process import ApiProcess
from engine.shell.store import connect
from tests.api.memory import MemoryControl
from tests.shell.records.told import ToldCall
from tests.shell.redis_server import RedisServer

DOCUMENT = orjson.loads(openapi_text())
ENDLESS = ("/v1/events",)
"""Streams, which have tests of their own."""
OPERATIONS = [
    (method, path)
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if path not in ENDLESS or "text/event-stream" not in str(item[method]["responses"]["200"])
]
EXAMPLES = 25
CALLS = ("call-one", "call-two")
GOOD = {"flow": "hello", "to": "+442079460000", "url": "https://example.com/hook", "events": ["call.*"], "inputs": {}}
KEEP = 10 * 365 * 86400
"""Seconds: the calls of this test are of a fixed day."""
FLOW = "flow: hello\nstart: a\nblocks:\n  a:\n    - answer:\n    - hangup:\n"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


class World:
    """An API with things in it, asked in this process."""

    def __init__(self, folder: Path, redis: RedisServer) -> None:
        self.redis = redis
        (folder / "ivr_flows").mkdir()
        (folder / "ivr_flows/hello.flow.yaml").write_text(FLOW)
        chosen = Settings(
            project_dir=folder, state_dir=folder / "var", tenant="acme",
            api=Api(port=0, per_minute=1_000_000, per_hour=10_000_000),
            installation_key=SecretStr(base64.b64encode(bytes(32)).decode()),
        )  # fmt: skip
        self.process = ApiProcess(chosen, redis.url)
        services = self.process.server.application.extensions["switchboard"]
        self.ids = {"flow": ["hello"], "number": ["+442079460000"], "call": [*CALLS], "webhook": []}
        control = MemoryControl(dict.fromkeys(CALLS, "acme"), {"hello": "acme"})
        self.app = create_app(replace(services, control=control))
        self.key = self.process.keys.create("acme", "fuzz", ["*"])[0]
        self.client = Client(self.app)
        self.schema = schemathesis.openapi.from_dict(DOCUMENT)
        self.schema.app = self.app
        self._fill()

    def _fill(self) -> None:
        client = self.redis.client()
        client.sadd(SWITCHES, "one")
        client.set(serving_key("one"), orjson.dumps({"engine": "e", "up": True, "calls": 1}))
        writer = RecordWriter(RedisLine(connect(self.redis.url), SCRIPTS), Keys(0).recorded_live, KEEP)
        for name, ends in zip(CALLS, (True, False), strict=True):
            told = ToldCall(name, "acme").begins()
            writer.write((told.ends("USER_BUSY", {"plan": "gold"}) if ends else told).events)

    def make_endpoint(self) -> None:
        """An endpoint for one test: another one may have removed its own."""
        made = self.ask("POST", "/v1/webhooks", json={"url": GOOD["url"], "events": GOOD["events"]})
        assert made.status_code == 201, made.text
        self.ids["webhook"] = [made.json["webhook"]["id"]]

    def mend(self, case: Any, which: int) -> None:
        """Have a request name what is there."""
        for name, ids in self.ids.items():
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = ids[which % len(ids)]
        case.headers = {**(case.headers or {}), "X-API-Key": self.key}
        if case.path.endswith("/replay"):
            case.body = {"failed_since": "2026-11-20T10:00:00Z"}  # one of three that exclude each other
        if isinstance(case.body, dict):
            case.body.update({name: value for name, value in GOOD.items() if name in case.body})

    def ask(self, method: str, path: str, **more: Any) -> Any:
        return self.client.open(path, method=method, headers={"X-API-Key": self.key}, **more)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shared_redis: RedisServer) -> Iterator[World]:
    shared_redis.client().flushall()
    world = World(tmp_path_factory.mktemp("project"), shared_redis)
    yield world
    world.process.stop()


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_it_keeps_its_promises(world: World, method: str, path: str) -> None:
    operation = world.schema[path][method.upper()]
    world.make_endpoint()
    seen: set[int] = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=st.one_of(
            operation.as_strategy(schemathesis.GenerationMode.POSITIVE),
            operation.as_strategy(schemathesis.GenerationMode.NEGATIVE),
        ),
        real=st.booleans(),
        which=st.integers(0, 1000),
    )
    def keeps(case: Any, real: bool, which: int) -> None:
        if real:
            world.mend(case, which)
        headers = {"X-API-Key": world.key}
        response = case.call(headers=headers)
        seen.add(response.status_code // 100)
        case.validate_response(response, checks=CHECKS, headers=headers)

    keeps()
    assert 2 in seen, "none of the examples was a good request"
