"""Endpoints and what became of their deliveries, held in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.webhooks.endpoint import Endpoint


@dataclass
class MemoryEndpoints:
    """Endpoints by tenant and id."""

    kept: dict[tuple[str, str], Endpoint] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=lambda: {"waiting": 0, "slow": 0, "dead": 0})

    def list(self, tenant: str) -> Sequence[Endpoint]:
        return [one for (whose, _), one in self.kept.items() if whose == tenant]

    def get(self, tenant: str, endpoint: str) -> Endpoint | None:
        return self.kept.get((tenant, endpoint))

    def create(self, tenant: str, endpoint: Endpoint) -> Endpoint:
        self.kept[tenant, endpoint.id] = replace(endpoint, tenant=tenant)
        return self.kept[tenant, endpoint.id]

    def change(self, tenant: str, endpoint: str, how: Callable[[Endpoint], Endpoint]) -> Endpoint | None:
        before = self.get(tenant, endpoint)
        if before is not None:
            self.kept[tenant, endpoint] = how(before)
        return self.get(tenant, endpoint)

    def delete(self, tenant: str, endpoint: str) -> bool:
        return self.kept.pop((tenant, endpoint), None) is not None

    def health(self, endpoint: str) -> Mapping[str, str]:
        return self.known

    def backlog(self, endpoint: str) -> Mapping[str, int]:
        return self.waits


@dataclass
class MemoryDeliveries:
    """A log, dead letters, and what was asked to be sent again."""

    log: Sequence[Any] = ()
    dead: Sequence[Any] = ()
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    events: frozenset[str] = frozenset({"evt_c_1"})

    def attempts(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        return self.log[offset : offset + limit], len(self.log)

    def dead_letters(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        return self.dead[offset : offset + limit], len(self.dead)

    def replay_one(self, endpoint: Endpoint, event: str) -> bool:
        self.asked.append(("one", endpoint.id, event))
        return event in self.events

    def replay_between(self, endpoint: Endpoint, start: float, end: float) -> int:
        self.asked.append(("between", endpoint.id, start, end))
        return 2

    def replay_failed(self, endpoint: Endpoint, since: float) -> int:
        self.asked.append(("failed", endpoint.id, since))
        return 3

    def send_test(self, endpoint: Endpoint) -> str:
        self.asked.append(("test", endpoint.id))
        return "evt_test"
