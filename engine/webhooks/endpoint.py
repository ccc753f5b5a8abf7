"""An endpoint: where a customer wants events, which ones, how they are signed, how often they are tried again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NewType

from engine.webhooks.retry_schedule import RetryPolicy
from engine.webhooks.secret import Secret, active_secrets, rotated

EndpointId = NewType("EndpointId", str)
"""`ep_` and 24 letters and digits."""

DisabledReason = Literal["", "paused", "gone", "failing"]
"""Why nothing is sent: its owner paused it, it answered 410, or nothing reached it for days."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of one tenant. Times are Unix time."""

    id: EndpointId
    tenant: str
    url: str
    events: tuple[str, ...]
    """Types, families as `call.*`, or `*`."""
    secrets: tuple[Secret, ...]
    """The present one first."""
    is_active: bool = True
    retry_enabled: bool = True
    max_retries: int = 5
    retry_delay_seconds: int = 60
    created_at: float = 0.0
    updated_at: float = 0.0
    disabled_at: float | None = None
    disabled_reason: DisabledReason = ""

    @property
    def policy(self) -> RetryPolicy:
        """How a failed delivery is tried again."""
        return RetryPolicy(self.retry_enabled, self.max_retries, float(self.retry_delay_seconds))

    def signing_keys(self, now: float) -> tuple[bytes, ...]:
        """The keys that sign a request sent at `now`."""
        return tuple([secret.key for secret in active_secrets(self.secrets, now)])

    def with_fresh_secret(self, fresh: Secret, now: float) -> "Endpoint":
        """The endpoint after a rotation: the former secret signs along for 24 hours."""
        return replace(self, secrets=rotated(self.secrets, fresh, now), updated_at=now)

    def disabled(self, reason: DisabledReason, now: float) -> "Endpoint":
        """The endpoint that gets no more deliveries."""
        return replace(self, is_active=False, disabled_at=now, disabled_reason=reason, updated_at=now)

    def enabled(self, now: float) -> "Endpoint":
        """The endpoint that gets deliveries again."""
        return replace(self, is_active=True, disabled_at=None, disabled_reason="", updated_at=now)


def as_record(endpoint: Endpoint, seal: Callable[[str], str]) -> dict[str, Any]:
    """The endpoint as plain data to store; every secret goes through `seal` first."""
    return {
        "id": endpoint.id,
        "tenant": endpoint.tenant,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "secrets": [{"sealed": seal(secret.text), "expires": secret.expires} for secret in endpoint.secrets],
        "is_active": endpoint.is_active,
        "retry_enabled": endpoint.retry_enabled,
        "max_retries": endpoint.max_retries,
        "retry_delay_seconds": endpoint.retry_delay_seconds,
        "created_at": endpoint.created_at,
        "updated_at": endpoint.updated_at,
        "disabled_at": endpoint.disabled_at,
        "disabled_reason": endpoint.disabled_reason,
    }


def from_record(record: Mapping[str, Any], unseal: Callable[[str], str]) -> Endpoint:
    """The endpoint that `as_record` stored. Unknown keys are left alone, so that a newer process may add some."""
    return Endpoint(
        id=EndpointId(record["id"]),
        tenant=record["tenant"],
        url=record["url"],
        events=tuple(record["events"]),
        secrets=tuple(Secret(unseal(secret["sealed"]), secret["expires"]) for secret in record["secrets"]),
        is_active=record["is_active"],
        retry_enabled=record["retry_enabled"],
        max_retries=record["max_retries"],
        retry_delay_seconds=record["retry_delay_seconds"],
        created_at=record["created_at"],
        updated_at=record["updated_at"],
        disabled_at=record["disabled_at"],
        disabled_reason=record["disabled_reason"],
    )
