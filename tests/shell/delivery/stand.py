"""A place to watch deliveries: events put into Redis, receivers that answer as told, and what they were sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
import orjson

from engine.config import Settings
from engine.shell.delivery.process import DeliverProcess
from engine.shell.keys import Keys
from engine.webhooks.attempt import Attempt, Failure, Verdict, verdict_of
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import new_secret
from tests.shell.redis_server import RedisServer

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def settings(**webhooks: Any) -> Settings:
    """Settings of a deliver process."""
    return Settings(name="test", installation_key=KEY, webhooks={"lease_seconds": 1.0, **webhooks})  # type: ignore[arg-type]


def endpoint(name: str = "one", **fields: Any) -> Endpoint:
    """An endpoint that is told everything."""
    known = {"tenant": "default", "url": f"https://{name}.example/", "events": ("*",), "secrets": (SECRET,)}
    return Endpoint(id=EndpointId(f"ep_{name}"), **{**known, **fields})


SECRET = new_secret(bytes(32))


def record(call: str | None, n: int | None, kind: str = "call.tagged", tenant: str = "default") -> bytes:
    """An event as it stands in the stream."""
    return orjson.dumps(
        {"id": f"evt_{call}_{n}", "type": kind, "version": 1, "call": call, "n": n, "at": 1700000000.5,
         "tenant": tenant, "data": {"tags": {"n": n}}}
    )  # fmt: skip


def publish(server: RedisServer, call: str, *numbers: int, kind: str = "call.tagged", tenant: str = "default") -> None:
    """Tell events of a call, as the engine does."""
    client = server.client()
    for n in numbers:
        client.xadd(Keys(0).events, {"event": record(call, n, kind, tenant)})
    client.close()


@dataclass
class Sent:
    """One request a receiver got."""

    endpoint: str
    event: str
    attempt: int
    body: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


@dataclass
class Receivers:
    """A transport whose receivers do as they are told: `answer(sent)` gives a status, or a failure."""

    answer: Callable[[Sent], int | Failure] = lambda sent: 200
    hold: Callable[[Sent], float] = lambda sent: 0.0
    """Seconds a receiver thinks."""
    sent: list[Sent] = field(default_factory=list)
    busy: dict[str, int] = field(default_factory=dict)
    most_busy: dict[str, int] = field(default_factory=dict)
    calls_busy: set[tuple[str, str]] = field(default_factory=set)
    overlaps: list[str] = field(default_factory=list)
    """Events sent while another of the same call was on its way to the same endpoint."""

    def post(self, endpoint: Endpoint, body: bytes, event_id: str, attempt: int) -> Attempt:
        sent = Sent(endpoint.id, event_id, attempt, orjson.loads(body))
        self.sent.append(sent)
        lane = (endpoint.id, sent.body["call"] or event_id)
        if lane in self.calls_busy:
            self.overlaps.append(event_id)
        self.calls_busy.add(lane)
        self.busy[endpoint.id] = self.busy.get(endpoint.id, 0) + 1
        self.most_busy[endpoint.id] = max(self.most_busy.get(endpoint.id, 0), self.busy[endpoint.id])
        began = time.time()
        try:
            gevent.sleep(self.hold(sent))
            answer = self.answer(sent)
        finally:
            self.busy[endpoint.id] -= 1
            self.calls_busy.discard(lane)
        took = round((time.time() - began) * 1000)
        if isinstance(answer, Failure):
            return Attempt(event_id, attempt, began, took, Verdict.RETRY, failure=answer, detail="as told")
        verdict = verdict_of(answer)
        failure = Failure.NONE if verdict is Verdict.DELIVERED else Failure.STATUS
        return Attempt(event_id, attempt, began, took, verdict, answer, failure, answer="as told")

    def to(self, name: str) -> list[str]:
        """The events an endpoint was sent, in order."""
        return [one.event for one in self.sent if one.endpoint == f"ep_{name}"]


class Stand:
    """Deliver processes over one Redis."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.receivers = Receivers()
        self.processes: list[DeliverProcess] = []

    def process(self, transport: Receivers | None = None, **webhooks: Any) -> DeliverProcess:
        """Start one."""
        process = DeliverProcess(settings(**webhooks), self.server.url, transport or self.receivers)
        process.start()
        self.processes.append(process)
        return process

    def publish(self, call: str, *numbers: int, **more: str) -> None:
        """Tell events of a call."""
        publish(self.server, call, *numbers, **more)

    def close(self) -> None:
        """Stop them all."""
        for process in self.processes:
            if process.name not in DEAD:
                process.stop()


DEAD: set[str] = set()


def die(process: DeliverProcess) -> None:
    """End a process of this test without a word, as a kill does: nothing is drained, flushed or given back."""
    for part in (process._leases, process._deliverer, process._finisher, *process._dispatchers.values()):
        if part._greenlet is not None:
            part._greenlet.kill()
    process._recorder.stop()
    process._announcer.stop(0.0)
    for sender in process._deliverer._senders.values():
        sender._stopped = sender._closed = True
        gevent.killall(list(sender._requests))
    DEAD.add(process.name)
