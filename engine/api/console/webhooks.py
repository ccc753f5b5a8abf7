"""Webhooks: the endpoints with the health of their deliveries, and one of them with its log and its dead letters."""

import time
from collections.abc import Sequence
from typing import Any

from flask import Response

from engine.api.access import services, tenant
from engine.api.console.endpoint_view import EndpointView, endpoint_view
from engine.api.console.listing import Listing, asked_offset
from engine.api.console.once import fresh_form
from engine.api.console.site import page, show
from engine.api.console.visitor import visitor
from engine.api.errors import not_found
from engine.webhooks.endpoint import Endpoint

ROWS = 20
LATEST = 50
"""Attempts from which the times of a list are taken."""
LOG_ROWS = 50
DAY = 86400.0


@page("/webhooks", "webhooks:read")
def webhooks() -> Response:
    """The endpoints, each with what becomes of its deliveries."""
    endpoints, offset = services().endpoints.list(tenant()), asked_offset()
    shown = [_viewed(endpoint, _latest(endpoint)) for endpoint in endpoints[offset : offset + ROWS]]
    return show(
        "webhooks.html", "webhooks", visitor(), endpoints=shown, total=len(endpoints),
        page=Listing("/console/webhooks", ROWS, offset, len(endpoints)),
    )  # fmt: skip


@page("/webhooks/<endpoint>", "webhooks:read")
def webhook(endpoint: str) -> Response:
    """One endpoint."""
    return webhook_page(found(endpoint))


def webhook_page(
    endpoint: Endpoint, problem: str = "", *, secret: str = "", status: int = 200, done: str = ""
) -> Response:
    """The page of an endpoint; `secret` is shown on it this once."""
    deliveries, where = services().deliveries, f"/console/webhooks/{endpoint.id}"
    offset, dead_offset = asked_offset(), asked_offset("dead")
    attempts, total = deliveries.attempts(endpoint.id, LOG_ROWS, offset)
    letters, dead = deliveries.dead_letters(endpoint.id, LOG_ROWS, dead_offset)
    told: dict[str, Any] = {"done": done} if done else {}
    return show(
        "webhook.html", "webhooks", visitor(), status, seen=_viewed(endpoint, attempts or _latest(endpoint)),
        attempts=attempts, letters=letters, page=Listing(where, LOG_ROWS, offset, total), secret=secret,
        dead_page=Listing(where, LOG_ROWS, dead_offset, dead, name="dead"), problem=problem, form=fresh_form(),
        yesterday=_local(time.time() - DAY), hour_ago=_local(time.time() - 3600), this_minute=_local(time.time()),
        at=where, **told,
    )  # fmt: skip


def found(endpoint: str) -> Endpoint:
    """An endpoint of this visitor's tenant. Raises ApiError 404."""
    known = services().endpoints.get(tenant(), endpoint) if len(endpoint) <= 60 else None
    if known is None:
        raise not_found("endpoint")
    return known


def _latest(endpoint: Endpoint) -> Sequence[Any]:
    return services().deliveries.attempts(endpoint.id, LATEST, 0)[0]


def _viewed(endpoint: Endpoint, attempts: Sequence[Any]) -> EndpointView:
    store = services().endpoints
    return endpoint_view(
        endpoint, store.health(endpoint.id), store.backlog(endpoint.id), [each.ms for each in attempts]
    )


def _local(at: float) -> str:
    """A time as a field for date and time holds it, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(at))
