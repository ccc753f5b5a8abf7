"""A world in memory that the console can look at: calls with traces, events that are told, sessions."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Any

import orjson

from engine.api.ports.calls import CallFilter
from engine.api.ports.events import Resync, Told
from engine.webhooks.envelope import call_body, timestamp_text
from engine.webhooks.subscription import Subscription

NOW = 1_795_212_600.0


def record(call: str = "call-1", tenant: str = "acme", **more: Any) -> dict[str, Any]:
    """A live call as it is remembered."""
    return {
        "id": call, "tenant": tenant, "state": "live", "direction": "inbound", "caller": "+442079460123",
        "caller_name": "Ada", "called": "+442079460000", "switch": "fs1", "trunk": "carrier", "rule": "main",
        "flow": "support", "bundle": "0123456789ab",
        "place": {"flow": "support", "file": "ivr_flows/support.flow.yaml", "block": "greet", "step": 2,
                  "kind": "menu", "name": "main", "line": 14},
        "flows": [{"flow": "support", "file": "ivr_flows/support.flow.yaml"}], "started_at": timestamp_text(NOW),
        "answered_at": timestamp_text(NOW + 1), "bridged_at": None, "ended_at": None, "duration_ms": None,
        "answered_ms": None, "cause": "", "ended_by": "", "reason": "", "error": None, "tags": {}, "recordings": [],
        "events": 3, **more,
    }  # fmt: skip


def ended(call: str = "call-1", **more: Any) -> dict[str, Any]:
    """A call that is over."""
    over = {
        "state": "ended", "ended_at": timestamp_text(NOW + 65), "duration_ms": 65_000, "answered_ms": 64_000,
        "cause": "NORMAL_CLEARING", "ended_by": "caller",
    }  # fmt: skip
    return record(call, **{**over, **more})


def event(call: str, n: int, kind: str, at: float = NOW, tenant: str = "acme", /, **told: Any) -> dict[str, Any]:
    """An event as it stands in the stream."""
    return {
        "id": f"evt_{call}_{n}", "type": kind, "version": 1, "call": call, "n": n, "at": at, "tenant": tenant,
        "data": told,
    }  # fmt: skip


@dataclass
class MemoryCalls:
    """Records and traces by call."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    traces: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[CallFilter] = field(default_factory=list)

    def add(self, known: dict[str, Any], *trace: dict[str, Any]) -> None:
        self.records[known["id"]] = known
        self.traces[known["id"]] = list(trace)

    def get(self, tenant: str, call: str) -> bytes | None:
        known = self.records.get(call)
        return orjson.dumps(known) if known is not None and known["tenant"] == tenant else None

    def list(self, tenant: str, wanted: CallFilter, limit: int, offset: int) -> tuple[Sequence[bytes], int]:
        self.asked.append(wanted)
        fields = {name: getattr(wanted, name) for name in ("state", "direction", "flow", "caller", "called")}
        found = [
            known
            for known in reversed(self.records.values())
            if known["tenant"] == tenant and all(value in ("", known[name]) for name, value in fields.items())
        ]
        return [orjson.dumps(known) for known in found[offset : offset + limit]], len(found)

    def trace(self, tenant: str, call: str, limit: int, offset: int) -> tuple[Sequence[bytes], int] | None:
        if self.get(tenant, call) is None:
            return None
        trace = self.traces[call]
        return [call_body(one) for one in trace[offset : offset + limit]], len(trace)


@dataclass
class MemoryEvents:
    """Events that were told, and readers that are told more."""

    told: list[dict[str, Any]] = field(default_factory=list)
    readers: list[tuple[str, Subscription, str, SimpleQueue[Told | Resync | None]]] = field(default_factory=list)
    patience: float = 0.2
    """Seconds without news after which a reader hears that the connection lives."""

    def tell(self, one: dict[str, Any]) -> None:
        self.told.append(one)
        for tenant, wish, call, queue in self.readers:
            if _fits(one, tenant, wish, call):
                queue.put(self._as_told(len(self.told)))

    def _as_told(self, number: int) -> Told:
        one = self.told[number - 1]
        return Told(f"{number}-0", one["type"], call_body(one))

    def recent(
        self, tenant: str, types: Sequence[str] = ("*",), call: str = "", limit: int = 50
    ) -> tuple[Sequence[Told], str]:
        wish = Subscription(types)
        numbers = [at for at, one in enumerate(self.told, 1) if _fits(one, tenant, wish, call)]
        return [self._as_told(number) for number in reversed(numbers[-limit:])], f"{len(self.told)}-0"

    def follow(
        self, tenant: str, after: str | None, types: Sequence[str] = ("*",), call: str = ""
    ) -> Iterator[Told | Resync | None]:
        wish, queue = Subscription(types), SimpleQueue[Told | Resync | None]()
        if after is not None:
            first, dash, _ = after.partition("-")
            if not dash or not first.isdigit():
                raise ValueError("is no position of an event")
            for number in range(int(first) + 1, len(self.told) + 1):
                if _fits(self.told[number - 1], tenant, wish, call):
                    queue.put(self._as_told(number))
        reader = (tenant, wish, call, queue)
        self.readers.append(reader)
        return self._stream(reader)

    def _stream(self, reader: Any) -> Iterator[Told | Resync | None]:
        try:
            while True:
                try:
                    yield reader[3].get(timeout=self.patience)
                except Empty:
                    yield None
        finally:
            self.readers.remove(reader)


def _fits(one: Mapping[str, Any], tenant: str, wish: Subscription, call: str) -> bool:
    return one["tenant"] == tenant and call in ("", one["call"]) and wish.wants(one["type"])


@dataclass
class MemorySessions:
    """Sessions by their token."""

    known: dict[str, str] = field(default_factory=dict)

    def open(self, key: str) -> str:
        token = secrets.token_urlsafe(32)
        self.known[token] = key
        return token

    def find(self, token: str) -> str | None:
        return self.known.get(token)

    def close(self, token: str) -> None:
        self.known.pop(token, None)


__all__ = ["NOW", "MemoryCalls", "MemoryEvents", "MemorySessions", "ended", "event", "record", "replace"]
