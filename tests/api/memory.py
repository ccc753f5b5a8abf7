"""The world behind the API, held in memory: each part keeps what the real one promises, without Redis or disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.api.flow_scope import ProjectSources, check_for
from engine.api.ports.idempotency import Begun, KeptReply
from engine.api.ports.keys import Caller
from engine.api.ports.limits import Allowance
from engine.core.control import (
    CallPlaced,
    DialOrder,
    FlowOrder,
    FlowsReloaded,
    HangUpOrder,
    OrderTaken,
    ReloadOrder,
)
from engine.core.errors import ControlError
from engine.core.ids import CallId
from engine.flow.bundle import Bundle
from engine.flow.finding import Finding
from engine.flow.loader import load


def caller(tenant: str = "acme", *scopes: str, key: str = "", per_minute: int = 10_000) -> Caller:
    """Somebody with a key; without scopes they may do everything."""
    return Caller(key or f"key-of-{tenant}", tenant, frozenset(scopes or ("*",)), per_minute, 1_000_000)


@dataclass
class MemoryKeys:
    """Keys by their text."""

    known: dict[str, Caller] = field(default_factory=dict)

    def find(self, text: str) -> Caller | None:
        return self.known.get(text)

    def holder(self, key: str) -> Caller | None:
        return next((one for one in self.known.values() if one.key == key), None)

    def give(self, text: str, one: Caller) -> str:
        self.known[text] = one
        return text


@dataclass
class MemoryLimits:
    """Counts requests of a minute that never ends."""

    taken: dict[str, int] = field(default_factory=dict)

    def take(self, caller: Caller) -> Allowance:
        taken = self.taken.get(caller.key, 0)
        allowed = taken < caller.per_minute
        self.taken[caller.key] = taken + allowed
        left = max(0, caller.per_minute - taken - 1)
        return Allowance(allowed, caller.per_minute, left, 60, 0 if allowed else 60)


@dataclass
class MemoryIdempotency:
    """Replies by tenant and key."""

    kept: dict[tuple[str, str], tuple[str, KeptReply | None]] = field(default_factory=dict)

    def begin(self, tenant: str, key: str, fingerprint: str) -> Begun:
        if (tenant, key) not in self.kept:
            self.kept[tenant, key] = (fingerprint, None)
            return Begun("new")
        known, reply = self.kept[tenant, key]
        if known != fingerprint:
            return Begun("other")
        return Begun("running") if reply is None else Begun("done", reply)

    def finish(self, tenant: str, key: str, fingerprint: str, reply: KeptReply) -> None:
        self.kept[tenant, key] = (fingerprint, reply)

    def give_up(self, tenant: str, key: str) -> None:
        self.kept.pop((tenant, key), None)


@dataclass
class MemoryReadiness:
    """What is wrong, as the test says."""

    wrong: dict[str, str] = field(default_factory=lambda: {"redis": "", "engine": ""})

    def checks(self) -> Mapping[str, str]:
        return self.wrong


@dataclass
class MemoryFlows:
    """A project whose files are texts."""

    project: ProjectSources = field(default_factory=lambda: ProjectSources({}))

    def bundle(self) -> Bundle | None:
        return load(self.project.texts, self.project.sounds, tenant=self.project.tenant).bundle

    def check(self, tenant: str, file: str = "", text: str = "") -> tuple[Finding, ...]:
        return check_for(tenant, self.project, file, text)


@dataclass
class MemoryControl:
    """Calls that can be ordered about: `calls` is whose each one is, `flows` whose each flow is."""

    calls: dict[str, str] = field(default_factory=dict)
    flows: dict[str, str] = field(default_factory=dict)
    taken: list[Any] = field(default_factory=list)
    wrong: ControlError | None = None

    def dial(self, order: DialOrder) -> CallPlaced:
        self._take(order)
        self._check_flow(order.flow, order.tenant)
        call = CallId(f"00000000-0000-4000-8000-{len(self.taken):012d}")
        self.calls[call] = order.tenant or ""
        return CallPlaced(call, "memory")

    def hang_up(self, order: HangUpOrder) -> OrderTaken:
        self._take(order)
        self._check_call(order.call, order.tenant)
        return OrderTaken(order.call)

    def send(self, order: FlowOrder) -> OrderTaken:
        self._take(order)
        self._check_call(order.call, order.tenant)
        self._check_flow(order.flow, order.tenant)
        return OrderTaken(order.call)

    def reload(self, order: ReloadOrder) -> FlowsReloaded:
        self._take(order)
        return FlowsReloaded("0123456789ab", True, ())

    def _take(self, order: Any) -> None:
        if self.wrong is not None:
            raise self.wrong
        self.taken.append(order)

    def _check_call(self, call: str, tenant: str | None) -> None:
        if self.calls.get(call) != tenant:
            raise ControlError("there is no such call", "unknown_call")

    def _check_flow(self, flow: str, tenant: str | None) -> None:
        if self.flows.get(flow) != tenant:
            raise ControlError("there is no such flow", "unknown_flow")


@dataclass
class Absent:
    """A part of the world the test does not touch."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the test has nothing to ask {name} of")


def sources(texts: Mapping[str, str], sounds: Sequence[str] = (), tenant: str = "acme") -> ProjectSources:
    """A project of a tenant."""
    return ProjectSources(dict(texts), frozenset(sounds), "", tenant)
