"""Events appended, webhooks delivered, and what one dead endpoint costs the others.

One Redis, one deliver process and one receiver as child processes; the events are written by the engine's own store.
Ten tenants with one endpoint each; a call has thirteen events, as the bench call.
"""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import gevent
import redis

from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.shell.delivery.endpoints import EndpointStore
from engine.shell.installation_key import InstallationKey
from engine.shell.store import Commit, Store
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import new_secret
from tests.bench.process import cpu_seconds

ROOT = Path(__file__).parents[2]
TENANTS = 10
EVENTS_PER_CALL = 13
EVENTS_PER_TURN = 4
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
SETTLING = 120.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    appended_per_second: float
    delivered_per_second: float
    delivered_per_cpu_second: float
    pace: float
    p50_ms: float
    p99_ms: float
    p99_beside_dead_ms: float


class Receiver:
    """The receiver process."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.receiver"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._child.stdout is not None
        self.port, self.dead_port = json.loads(self._child.stdout.readline())
        self.ages: dict[str, list[float]] = {}

    def look(self) -> int:
        """Take in what came since the last look; how much came in all."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(b"\n")
        self._child.stdin.flush()
        for path, ages in json.loads(self._child.stdout.readline()).items():
            self.ages.setdefault(path, []).extend(ages)
        return sum(len(ages) for ages in self.ages.values())

    def wait_for(self, count: int) -> None:
        """Wait until so many came. Raises AssertionError when they do not."""
        deadline = time.monotonic() + SETTLING
        while self.look() < count:
            assert time.monotonic() < deadline, f"only {self.look():,} of {count:,} webhooks came"
            time.sleep(0.02)

    def p(self, share: float) -> float:
        """A percentile of the ages in milliseconds."""
        ages = sorted(age for ages in self.ages.values() for age in ages)
        return ages[min(len(ages) - 1, int(len(ages) * share))]

    def end(self) -> None:
        """End the process."""
        self._child.kill()
        self._child.wait()


class Stand:
    """Redis, deliver process and receiver."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._folder = folder
        self.receiver = Receiver()
        self.store = Store(self.url)
        self.store.start()
        key = InstallationKey(base64.b64decode(KEY))
        self._endpoints = EndpointStore(redis.Redis(port=port, protocol=2), key.seal, key.unseal)

    @contextmanager
    def delivering(self) -> Iterator[int]:
        """A deliver process; its pid."""
        environment = {
            **os.environ, "SWITCHBOARD_REDIS_URL": self.url, "SWITCHBOARD_INSTALLATION_KEY": KEY,
            "SWITCHBOARD_STATE_DIR": str(self._folder), "SWITCHBOARD_LOG__LEVEL": "warning",
            "SWITCHBOARD_WEBHOOKS__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        }  # fmt: skip
        child = subprocess.Popen([sys.executable, "-m", "engine", "deliver"], cwd=ROOT, env=environment)
        try:
            yield child.pid
        finally:
            child.terminate()
            child.wait(20)

    def register(self, *, last_is_dead: bool = False) -> None:
        """One endpoint per tenant; the last one's server takes connections and never answers if it is dead."""
        for number in range(TENANTS):
            dead = last_is_dead and number == TENANTS - 1
            port = self.receiver.dead_port if dead else self.receiver.port
            url = f"http://127.0.0.1:{port}/{number}"
            one = Endpoint(EndpointId(f"ep_{number}"), f"t{number}", url, ("*",), (new_secret(bytes(32)),))
            self._endpoints.delete(one.tenant, one.id)
            self._endpoints.create(one.tenant, one)

    def end(self) -> None:
        """End it all but Redis."""
        self.store.stop()
        self.receiver.end()


def turn(tenant: int, events: int) -> Commit:
    """A call that tells so many events at once."""
    call, now = CallId(str(uuid4())), time.time()
    fields = {"flow": "bench", "block": "start", "step": 3, "kind": "menu", "sent": now}
    kinds = ["call.initiated", *["flow.step"] * (events - 2), "call.ended"]
    told = [CallEvent(call, n, kind, now, f"t{tenant}", fields) for n, kind in enumerate(kinds, 1)]
    return Commit(call, "bench", "bundle", 0, [b'["DigitPressed",1,2]'] * 6, told, closed=True)


def append(store: Store, calls: int) -> float:
    """Events appended a second, by 64 calls at a time that each wait for their turn to be written."""

    def some(number: int) -> None:
        for _ in range(calls // 64):
            store.commit(turn(number % TENANTS, EVENTS_PER_CALL))

    began = time.monotonic()
    gevent.joinall([gevent.spawn(some, number) for number in range(64)], raise_error=True)
    return calls // 64 * 64 * EVENTS_PER_CALL / (time.monotonic() - began)


def paced(store: Store, rate: float, seconds: float) -> list[int]:
    """Turns begin evenly so that `rate` events a second are told; how many events of each tenant were."""
    began, told = time.monotonic(), [0] * TENANTS
    while (passed := time.monotonic() - began) < seconds:
        while sum(told) < passed * rate:
            tenant = sum(told) // EVENTS_PER_TURN % TENANTS
            store.commit(turn(tenant, EVENTS_PER_TURN), wait=False)
            told[tenant] += EVENTS_PER_TURN
        gevent.sleep(0.005)
    return told


def measure(folder: Path, port: int, say: Callable[[str], None], seconds: float = 10.0) -> Figures:
    """All figures, on a Redis that listens on `port`."""
    stand = Stand(folder, port)
    receiver, store = stand.receiver, stand.store
    try:
        say("events appended")
        appended = append(store, 12_800)
        stand.register()
        with stand.delivering() as pid:
            gevent.sleep(3.0)
            say("webhooks delivered as fast as they go")
            cpu, began = cpu_seconds(pid), time.monotonic()
            told = gevent.spawn(append, store, 1280)
            receiver.wait_for(1280 * EVENTS_PER_CALL)
            passed, cpu = time.monotonic() - began, cpu_seconds(pid) - cpu
            told.get()
            count = receiver.look()
            capacity = count / passed
            pace = 0.7 * capacity
            receiver.ages.clear()
            say(f"{pace:,.0f} webhooks a second")
            receiver.wait_for(sum(paced(store, pace, seconds)))
            p50, p99 = receiver.p(0.5), receiver.p(0.99)
            receiver.ages.clear()
            stand.register(last_is_dead=True)
            gevent.sleep(3.0)
            say(f"{pace:,.0f} webhooks a second, one of ten endpoints dead")
            receiver.wait_for(sum(paced(store, pace, seconds)[:-1]))
            beside = receiver.p(0.99)
    finally:
        stand.end()
    return Figures(appended, capacity, count / cpu, pace, p50, p99, beside)
