"""Endpoints of a world in memory, and what became of their deliveries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.core.errors import ControlError
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import Secret
from tests.api.console.lively import NOW

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="


@dataclass(frozen=True, slots=True)
class MemoryAttempt:
    """One attempt as a log keeps it."""

    event: str = "evt_call-1_3"
    type: str = "call.ended"
    call: str = "call-1"
    attempt: int = 1
    at: float = NOW
    status: int = 200
    ms: int = 42
    result: str = "delivered"
    error: str = ""
    detail: str = ""
    answer: str = "ok"
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class MemoryLetter:
    """One event that was given up."""

    event: str = "evt_call-1_2"
    type: str = "call.answered"
    call: str = "call-1"
    attempts: int = 6
    at: float = NOW
    reason: str = "exhausted"
    status: int = 500
    error: str = "status"
    detail: str = ""


def endpoint(number: int = 1, tenant: str = "acme", **more: Any) -> Endpoint:
    """An endpoint."""
    given = {"url": f"https://hooks{number}.example.com/in", "events": ("call.*",), "created_at": NOW, **more}
    return Endpoint(EndpointId(f"ep_{number:024d}"), tenant, secrets=(Secret(SECRET),), **given)


@dataclass
class MemoryEndpoints:
    """Endpoints by their id."""

    known: dict[str, Endpoint] = field(default_factory=dict)
    healths: dict[str, dict[str, str]] = field(default_factory=dict)
    backlogs: dict[str, dict[str, int]] = field(default_factory=dict)

    def list(self, tenant: str) -> Sequence[Endpoint]:
        return [one for one in self.known.values() if one.tenant == tenant]

    def get(self, tenant: str, endpoint: str) -> Endpoint | None:
        found = self.known.get(endpoint)
        return found if found is not None and found.tenant == tenant else None

    def create(self, tenant: str, endpoint: Endpoint) -> Endpoint:
        self.known[endpoint.id] = replace(endpoint, tenant=tenant)
        return self.known[endpoint.id]

    def change(self, tenant: str, endpoint: str, how: Callable[[Endpoint], Endpoint]) -> Endpoint | None:
        before = self.get(tenant, endpoint)
        return None if before is None else self.create(tenant, how(before))

    def delete(self, tenant: str, endpoint: str) -> bool:
        return self.get(tenant, endpoint) is not None and self.known.pop(endpoint, None) is not None

    def health(self, endpoint: str) -> Mapping[str, str]:
        return self.healths.get(endpoint, {})

    def backlog(self, endpoint: str) -> Mapping[str, int]:
        return self.backlogs.get(endpoint, {"waiting": 0, "slow": 0, "dead": 0})


@dataclass
class MemoryDeliveries:
    """Attempts and dead letters by endpoint; what was asked to be sent again."""

    log: dict[str, list[Any]] = field(default_factory=dict)
    dead: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    sends: int = 1
    wrong: ControlError | None = None

    def attempts(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        found = self.log.get(endpoint, [])
        return found[offset : offset + limit], len(found)

    def dead_letters(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        found = self.dead.get(endpoint, [])
        return found[offset : offset + limit], len(found)

    def replay_one(self, endpoint: Endpoint, event: str) -> bool:
        return bool(self._ask("one", endpoint.id, event))

    def replay_between(self, endpoint: Endpoint, start: float, end: float) -> int:
        return self._ask("between", endpoint.id, start, end)

    def replay_failed(self, endpoint: Endpoint, since: float) -> int:
        return self._ask("failed", endpoint.id, since)

    def send_test(self, endpoint: Endpoint) -> str:
        self._ask("test", endpoint.id)
        return f"evt_{endpoint.id}_test_1"

    def _ask(self, *order: Any) -> int:
        if self.wrong is not None:
            raise self.wrong
        self.asked.append(order)
        return self.sends


def world_of_endpoints(tenant: str = "acme") -> dict[str, Any]:
    """One endpoint in every state."""
    endpoints, deliveries = MemoryEndpoints(), MemoryDeliveries()
    for number, more in enumerate(
        ({}, {"events": ("*",)}, {"is_active": False, "disabled_reason": "gone"}, {"is_active": False}), 1
    ):
        one = endpoint(number, tenant, **more)
        endpoints.known[one.id] = one
    first, second = list(endpoints.known)[:2]
    endpoints.healths[first] = {"delivered": "18234", "failed": "12", "last_success_at": str(NOW), "breaker": "closed"}
    endpoints.healths[second] = {
        "delivered": "100", "failed": "300", "last_failure_at": str(NOW), "last_error": "timeout no answer in 10 s",
        "breaker": "open", "failing_since": str(NOW - 600),
    }  # fmt: skip
    endpoints.backlogs[second] = {"waiting": 1200, "slow": 34, "dead": 2}
    deliveries.log[first] = [MemoryAttempt(event=f"evt_call-1_{n}", ms=20 + n, at=NOW + n) for n in range(60, 0, -1)]
    failed = MemoryAttempt(
        attempt=3, status=0, ms=10000, result="later", error="timeout", detail="no answer in 10 s", answer="",
        next_at=NOW + 60,
    )  # fmt: skip
    deliveries.log[second] = [
        failed, replace(failed, attempt=2, status=503, error="status", result="retry", answer="<h1>down</h1>", ms=12),
        replace(failed, attempt=6, result="dead", event="evt_call-1_2"),
    ]  # fmt: skip
    deliveries.dead[second] = [MemoryLetter(), MemoryLetter(event="evt_call-1_1", reason="gone", status=410)]
    return {"endpoints": endpoints, "deliveries": deliveries}
