"""How an endpoint, its health, its attempts and its dead letters look in replies of the API."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field

from engine.webhooks.endpoint import Endpoint
from engine.webhooks.envelope import timestamp_text


class Webhook(BaseModel):
    """An endpoint."""

    id: str
    url: str
    events: list[str]
    secret: str | None = Field(description="Signs deliveries; shown once, when it is made or rotated, else null.")
    is_active: bool
    retry_enabled: bool
    max_retries: int
    retry_delay_seconds: int
    created_at: str
    updated_at: str
    disabled_at: str | None
    disabled_reason: str | None = Field(description="paused (by its owner), gone (410) or failing (for days).")


class Health(BaseModel):
    """What became of an endpoint's deliveries."""

    delivered: int = Field(description="Deliveries that succeeded.")
    failed: int = Field(description="Attempts that failed.")
    waiting: int = Field(description="Events that wait for their first attempt or for a quick retry.")
    retrying: int = Field(description="Events on the slow schedule.")
    dead_letters: int = Field(description="Events that were given up.")
    last_success_at: str | None
    last_failure_at: str | None
    last_error: str | None = Field(description="What was wrong the last time something was.")
    failing_since: str | None = Field(description="Null while it takes what it is sent.")


class Delivery(BaseModel):
    """One attempt to deliver one event."""

    event: str = Field(description="The event's id, which is its webhook-id.")
    type: str
    call: str | None
    attempt: int
    at: str
    status: int | None = Field(description="HTTP status; null when there was no answer.")
    ms: int = Field(description="Milliseconds it took.")
    result: str = Field(description="delivered, retry (it holds its call), later (slow schedule), dead, or probe.")
    error: str | None = Field(description="status, dns, denied, connect, tls, timeout or broken; null if it succeeded.")
    detail: str
    answer: str = Field(description="The first KiB of what the receiver answered.")
    next_at: str | None = Field(description="When it is tried again.")


class DeadLetter(BaseModel):
    """An event that was given up."""

    event: str
    type: str
    call: str | None
    attempts: int
    at: str = Field(description="When it was given up.")
    reason: str = Field(description="exhausted, not_retried (retries are off) or gone (410).")
    status: int | None
    error: str | None
    detail: str


def webhook_shape(endpoint: Endpoint, with_secret: bool = False) -> dict[str, Any]:
    """An endpoint as it is shown; its secret only when asked for."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "secret": endpoint.secrets[0].text if with_secret else None,
        "is_active": endpoint.is_active,
        "retry_enabled": endpoint.retry_enabled,
        "max_retries": endpoint.max_retries,
        "retry_delay_seconds": endpoint.retry_delay_seconds,
        "created_at": timestamp_text(endpoint.created_at),
        "updated_at": timestamp_text(endpoint.updated_at),
        "disabled_at": _moment(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason or None,
    }


def health_shape(known: Mapping[str, str], waits: Mapping[str, int]) -> dict[str, Any]:
    """How deliveries go, from what is counted and what waits."""
    return {
        "delivered": int(known.get("delivered", 0)),
        "failed": int(known.get("failed", 0)),
        "waiting": waits["waiting"],
        "retrying": waits["slow"],
        "dead_letters": waits["dead"],
        "last_success_at": _moment(float(known.get("last_success_at") or 0)),
        "last_failure_at": _moment(float(known.get("last_failure_at") or 0)),
        "last_error": known.get("last_error") or None,
        "failing_since": _moment(float(known.get("failing_since") or 0)),
    }


def record_shape(record: Any) -> dict[str, Any]:
    """An attempt or a dead letter as it is shown: times as text, null where there is nothing."""
    shown = {**asdict(record), "at": timestamp_text(record.at)}
    if "next_at" in shown:
        shown["next_at"] = _moment(shown["next_at"])
    return {**shown, "status": record.status or None, "error": record.error or None, "call": record.call or None}


def _moment(at: float | None) -> str | None:
    return timestamp_text(at) if at else None
