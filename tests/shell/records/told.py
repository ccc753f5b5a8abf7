"""Calls as engines tell them, for tests of who reads their events."""

from collections.abc import Iterator, Mapping
from typing import Any

import redis

from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.shell.keys import Keys
from engine.shell.store import event_json

BEGAN = 1_790_000_000.0
"""A Monday in September 2026."""
KEYS = Keys(0)


class ToldCall:
    """The events of one call, numbered; each `tell` adds one, `seconds` after the last."""

    def __init__(self, call: str, tenant: str = "default", began: float = BEGAN) -> None:
        self.call = call
        self.tenant = tenant
        self.at = began
        self.events: list[bytes] = []

    def tell(self, kind: str, fields: Mapping[str, Any] | None = None, *, seconds: float = 1.0) -> "ToldCall":
        event = CallEvent(CallId(self.call), len(self.events) + 1, kind, self.at, self.tenant, fields or {})
        self.events.append(event_json(event))
        self.at += seconds
        return self

    def begins(self, flow: str = "main", caller: str = "+441632960123", called: str = "100", **more: Any) -> "ToldCall":
        """The caller arrives, is answered, and hears the first step."""
        told = {"caller": caller, "caller_name": "Ann", "called": called, "switch": "fs1", "trunk": "carrier"}
        self.tell("call.initiated", {**told, "flow": flow, "rule": "line", **more})
        self.tell("flow.started", {"flow": flow, "bundle": "b1", "file": f"ivr_flows/{flow}.flow.yaml"})
        self.tell("call.answered", {"leg": self.call, "direction": "inbound"})
        return self.step(flow, "greet", 0, "play", 7)

    def step(self, flow: str, block: str, step: int, kind: str, line: int) -> "ToldCall":
        place = {"flow": flow, "block": block, "step": step, "kind": kind, "name": "", "line": line}
        return self.tell("flow.step", place)

    def ends(self, cause: str = "NORMAL_CLEARING", tags: Mapping[str, Any] | None = None, answered_ms: int = 61_000,
             duration_ms: int = 65_000) -> "ToldCall":  # fmt: skip
        """The last words on it."""
        told = {"cause": cause, "ended_by": "caller", "reason": "", "duration_ms": duration_ms}
        return self.tell("call.ended", {**told, "answered_ms": answered_ms, "tags": tags or {}})

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.events)


def append(client: redis.Redis, *calls: ToldCall, live: bool = True) -> None:
    """Have an engine's write of whole calls in the stream."""
    with client.pipeline(transaction=False) as pipeline:
        for call in calls:
            if live:
                pipeline.hset(KEYS.live, call.call, "fs1")
            for event in call:
                pipeline.xadd(KEYS.events, {"event": event})
            if b'"call.ended"' in call.events[-1]:
                pipeline.hdel(KEYS.live, call.call)
        pipeline.execute()
