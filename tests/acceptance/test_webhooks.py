"""Real calls, the engine with all it starts beside it, and a customer: whatever is killed, every event arrives."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.shell.embedded_redis import Running, read_address
from tests.acceptance.conftest import AGENTS
from tests.acceptance.customer import Customer
from tests.acceptance.engine_process import EngineProcess, copy_project, until
from tests.acceptance.ledger import no_channel_left, whole_story
from tests.acceptance.sipp import free_tcp_port, start_sipp
from tests.acceptance.site import start_switch
from tests.acceptance.switch_under_test import end, tail

PLAY = "+442079460001"
CALLS = 30
RATE = 5.0
"""Calls a second: they come for six seconds, during all that is done to the engine."""
IN_TIME = 45.0
"""Seconds for what must happen, on a machine that has other things to do."""


class Installation:
    """What `switchboard run` starts with its defaults: an engine with its own Redis, its deliveries and its API."""

    def __init__(self, engine: EngineProcess, port: int) -> None:
        self.engine = engine
        self._port = port
        self.key = ""

    def child(self, name: str) -> int:
        """The process id of the last child of a name; 0 when none was started."""
        pids = [line["pid"] for line in self.lines() if line["event"] == "child started" and line["child"] == name]
        return int(pids[-1]) if pids else 0

    def lines(self) -> Iterator[dict[str, Any]]:
        """What the engine and its children logged."""
        for line in self.engine.text().splitlines():
            if line.startswith(b"{"):
                yield json.loads(line)

    @property
    def redis(self) -> Running:
        """The embedded Redis."""
        found = read_address(self.engine.folder / "state" / "redis")
        assert found is not None
        return found

    def api(self, path: str, body: object = None) -> Any:
        """Ask the API with the key."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", data=None if body is None else json.dumps(body).encode(),
            headers={"X-API-Key": self.key, "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def serves(self) -> bool:
        """Whether the API answers."""
        try:
            return bool(self.api("/health"))
        except OSError:
            return False


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    for name in ("switch", "engine"):
        (tmp_path / name).mkdir()
    switch = start_switch(str(request.config.getoption("--switch")), tmp_path / "switch", AGENTS)
    port = free_tcp_port()
    extra = f'[api]\nport = {port}\n[webhooks]\nallow_networks = ["127.0.0.1"]\nlease_seconds = 1\n'
    project = copy_project(tmp_path / "project", "http://127.0.0.1:9")
    engine = EngineProcess(tmp_path / "engine", project, "", switch, extra=extra, alone=False)
    try:
        engine.start()
        yield Installation(engine, port)
        said = engine.text().decode(errors="replace")
        print(f"--- engine\n{said[-12000:]}\n--- switch\n{tail(switch.log_file)[-4000:]}")
    finally:
        engine.stop()
        end(switch.process)


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has buried yet counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def another(number: Callable[[], int], before: int) -> bool:
    """Wait for another process than one that was killed."""
    return until(lambda: number() not in (0, before), IN_TIME)


def test_every_event_reaches_the_customer_whatever_is_killed(installation: Installation, tmp_path: Path) -> None:
    engine = installation.engine
    with Customer() as customer:
        installation.key = json.loads(engine.command("key", "create", "--name", "customer", "--json"))["key"]
        assert until(installation.serves, IN_TIME)
        made = installation.api("/v1/webhooks", {"url": customer.url, "events": ["*"]})["webhook"]
        customer.secret = made["secret"]

        def more_come(count: int) -> bool:
            before = len(customer.taken)
            return until(lambda: len(customer.taken) >= before + count, IN_TIME)

        crowd = start_sipp(
            "uac_call.xml", tmp_path / "crowd", remote=engine.switch.trunk, service=PLAY, calls=CALLS, rate=RATE
        )
        assert more_come(30)

        children = installation.child("deliver"), installation.child("api")
        engine.kill()
        assert until(lambda: all(gone(pid) for pid in children), IN_TIME), "its children end with it"
        engine.start()
        assert more_come(60)

        deliver = installation.child("deliver")
        assert deliver not in children
        os.kill(deliver, signal.SIGKILL)
        assert another(lambda: installation.child("deliver"), deliver)
        assert more_come(60)

        redis = installation.redis
        os.kill(redis.pid, signal.SIGKILL)
        assert another(lambda: installation.redis.pid, redis.pid)
        assert installation.redis.port == redis.port
        ended = crowd.wait(IN_TIME)
        assert ended.succeeded, ended.log

        def over() -> set[str]:
            return {event["call"] for event in engine.events() if event["type"] == "call.ended"}

        assert until(lambda: len(over()) >= CALLS, IN_TIME), len(over())
        told = {event["id"] for event in engine.events() if event["call"]}
        assert until(lambda: told <= customer.taken, IN_TIME), f"never delivered: {told - customer.taken}"

        assert len(over()) == CALLS
        for call in over():
            story = [event["n"] for event in whole_story(engine, call)]
            assert customer.numbers(call, taken=False) == story, "the order in which they came first"
            assert customer.numbers(call, taken=True) == story, "the order in which they were taken"
        assert [one for one in customer.got if not one.genuine] == [], "everything is signed"
        assert all(len(bodies) == 1 for _, bodies in customer.bodies()), "one id is one event"
        assert {one.event for one in customer.got if one.call} == told, "and no other"
        assert any(not one.taken for one in customer.got), "the customer failed now and then"

        def at_rest() -> bool:
            health = installation.api(f"/v1/webhooks/{made['id']}")["health"]
            return [health[name] for name in ("waiting", "retrying", "dead_letters")] == [0, 0, 0]

        assert until(at_rest, IN_TIME, every=0.2)
    no_channel_left(engine.switch)
