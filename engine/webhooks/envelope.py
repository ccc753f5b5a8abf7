"""What is sent: the body, made once per event and shared by all endpoints, and the headers of one request."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from engine.core.events import VERSION


def call_body(event: Mapping[str, Any]) -> bytes:
    """The body for an event of a call, from its record in the event stream (`id, type, version, call, n, at, ...`)."""
    return orjson.dumps(
        {
            "id": event["id"],
            "type": event["type"],
            "version": event["version"],
            "timestamp": timestamp_text(event["at"]),
            "call": event["call"],
            "n": event["n"],
            "tenant": event["tenant"],
            "data": event["data"],
        }
    )


def endpoint_body(event_id: str, event_type: str, at: float, tenant: str, fields: Mapping[str, Any]) -> bytes:
    """The body for an event about an endpoint, which belongs to no call. `at` is Unix time."""
    about = {"id": event_id, "type": event_type, "version": VERSION, "at": at, "call": None, "n": None}
    return call_body({**about, "tenant": tenant, "data": fields})


def request_headers(event_id: str, timestamp: int, signature: str, attempt: int, agent: str) -> dict[str, str]:
    """The headers of one request. `timestamp` is the second it is sent, as it was signed."""
    return {
        "content-type": "application/json",
        "user-agent": agent,
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
        "webhook-attempt": str(attempt),
    }


def timestamp_text(at: float) -> str:
    """Unix time as RFC 3339 in UTC with milliseconds: `2026-11-20T09:30:00.125Z`."""
    thousandths = round(at * 1000)
    return f"{_second(thousandths // 1000)}.{thousandths % 1000:03d}Z"


@lru_cache(maxsize=64)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
