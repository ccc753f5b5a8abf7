"""Webhooks: the endpoints that are told what happens, what became of their deliveries, and sending events again."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from engine.api.access import requires, services, tenant
from engine.api.errors import ApiError, conflict, invalid, not_found
from engine.api.fields import Body, Path
from engine.api.paging import Page, cut, page_of
from engine.api.resource import Resource
from engine.api.webhook_shape import (
    DeadLetter,
    Delivery,
    Health,
    Webhook,
    health_shape,
    record_shape,
    webhook_shape,
)
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import KEY_BYTES, new_secret
from engine.webhooks.subscription import wish_problem
from engine.webhooks.target import LONGEST

blueprint = Resource("webhooks", "/v1/webhooks", "Endpoints that are told what happens, and what became of it.")

MOST_ENDPOINTS = 100
"""Endpoints of one tenant."""
MOST_EVENTS = 100
_URL = Field(max_length=LONGEST, description="Where events are sent.", examples=["https://example.com/hooks"])
_EVENTS = "Event types, families as `call.*`, or `*`."
_RETRY_ENABLED = "Whether a failed delivery is tried again; if not it is one attempt, then a dead letter."
_MAX_RETRIES = "Slow retries, after the quick ones of the first minute."
_DELAY = "Seconds before the first slow retry; the next wait 5, 15, 60, 180 ... times as long."


class WebhookPath(Path):
    """An endpoint."""

    webhook: str = Field(pattern=r"^ep_[A-Za-z0-9]{8,40}$", description="The endpoint's id.")


class CreateBody(Body):
    """A new endpoint."""

    url: str = _URL
    events: list[str] = Field(min_length=1, max_length=MOST_EVENTS, description=_EVENTS, examples=[["call.*"]])
    is_active: bool = Field(True, description="Whether it gets deliveries.")
    retry_enabled: bool = Field(True, description=_RETRY_ENABLED)
    max_retries: int = Field(5, ge=0, le=20, description=_MAX_RETRIES)
    retry_delay_seconds: int = Field(60, ge=1, le=3600, description=_DELAY)


class ChangeBody(Body):
    """What is to be different; what is left out stays."""

    url: str = Field(default_factory=str, max_length=LONGEST, description="Where events are sent.")
    events: list[str] = Field(default_factory=list, min_length=1, max_length=MOST_EVENTS, description=_EVENTS)
    is_active: bool = Field(default_factory=bool, description="False pauses it; true ends a pause or a disabling.")
    retry_enabled: bool = Field(default_factory=bool, description=_RETRY_ENABLED)
    max_retries: int = Field(default_factory=int, ge=0, le=20, description=_MAX_RETRIES)
    retry_delay_seconds: int = Field(default_factory=int, ge=1, le=3600, description=_DELAY)


class RotateBody(Body):
    """How to let the former secret go."""

    keep_old: bool = Field(True, description="Whether the former secret signs along for 24 hours; false if it leaked.")


class ReplayBody(Body):
    """What to send again: one event, what happened in a time, or everything that failed since."""

    event: str | None = Field(None, max_length=200, description="The id of one event.")
    from_: AwareDatetime | None = Field(None, alias="from", description="Events since this time, delivered or not.")
    to: AwareDatetime | None = Field(None, description="Events until this time; now if left out. Goes with `from`.")
    failed_since: AwareDatetime | None = Field(
        None, description="Events given up since this time, and at once those that wait for a slow retry."
    )


class WebhookReply(BaseModel):
    """One endpoint."""

    webhook: Webhook


class WebhookStateReply(BaseModel):
    """One endpoint and how its deliveries go."""

    webhook: Webhook
    health: Health


class WebhooksReply(BaseModel):
    """Endpoints, oldest first."""

    webhooks: list[Webhook]
    total: int
    limit: int
    offset: int


class DeliveriesReply(BaseModel):
    """Attempts, newest first."""

    deliveries: list[Delivery]
    total: int
    limit: int
    offset: int


class DeadLettersReply(BaseModel):
    """Events that were given up, newest first."""

    dead_letters: list[DeadLetter]
    total: int
    limit: int
    offset: int


class TestSentReply(BaseModel):
    """The test that was sent."""

    event: str = Field(description="Its id; it shows among the deliveries once it was attempted.")


class ReplayReply(BaseModel):
    """What is sent again."""

    replayed: int = Field(description="How many events.")


@blueprint.post("", responses={201: WebhookReply})
@requires("webhooks:write")
def create_webhook(body: CreateBody) -> tuple[dict[str, Any], int]:
    """Make an endpoint known. The reply is the one that shows its secret."""
    _check_url(body.url)
    wishes = _checked_events(body.events)
    if len(services().endpoints.list(tenant())) >= MOST_ENDPOINTS:
        raise conflict(f"there are {MOST_ENDPOINTS} endpoints already: delete one first")
    now = time.time()
    fresh = Endpoint(
        EndpointId(f"ep_{secrets.token_hex(12)}"), tenant(), body.url, wishes,
        (new_secret(secrets.token_bytes(KEY_BYTES)),), True, body.retry_enabled, body.max_retries,
        body.retry_delay_seconds, now, now,
    )  # fmt: skip
    kept = services().endpoints.create(tenant(), fresh if body.is_active else fresh.disabled("paused", now))
    return {"webhook": webhook_shape(kept, with_secret=True)}, 201


@blueprint.get("", responses={200: WebhooksReply})
@requires("webhooks:read")
def list_webhooks(query: Page) -> dict[str, Any]:
    """List endpoints, oldest first."""
    endpoints = services().endpoints.list(tenant())
    return page_of("webhooks", [webhook_shape(one) for one in cut(endpoints, query)], len(endpoints), query)


@blueprint.get("/<webhook>", responses={200: WebhookStateReply})
@requires("webhooks:read")
def read_webhook(path: WebhookPath) -> dict[str, Any]:
    """Read an endpoint and how its deliveries go."""
    endpoint = _found(path)
    known, waits = services().endpoints.health(endpoint.id), services().endpoints.backlog(endpoint.id)
    return {"webhook": webhook_shape(endpoint), "health": health_shape(known, waits)}


@blueprint.patch("/<webhook>", responses={200: WebhookReply})
@requires("webhooks:write")
def update_webhook(path: WebhookPath, body: ChangeBody) -> dict[str, Any]:
    """Change an endpoint. What already waits is delivered by the new rules."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "url" in changes:
        _check_url(changes["url"])
    if "events" in changes:
        changes["events"] = _checked_events(changes["events"])
    active = changes.pop("is_active", None)
    now = time.time()

    def how(before: Endpoint) -> Endpoint:
        after = replace(before, **changes)
        if active is not None and active != before.is_active:
            return after.enabled(now) if active else after.disabled("paused", now)
        return after if after == before else replace(after, updated_at=now)

    return {"webhook": webhook_shape(_changed(path, how))}


@blueprint.delete("/<webhook>", responses={204: None})
@requires("webhooks:write")
def delete_webhook(path: WebhookPath) -> tuple[str, int]:
    """Forget an endpoint with everything that waits for it."""
    if not services().endpoints.delete(tenant(), path.webhook):
        raise not_found("webhook")
    return "", 204


@blueprint.post("/<webhook>/rotate-secret", responses={200: WebhookReply})
@requires("webhooks:write")
def rotate_webhook_secret(path: WebhookPath, body: RotateBody) -> dict[str, Any]:
    """Give an endpoint a new secret, shown in this reply. For 24 hours the former one signs along."""
    fresh, now = new_secret(secrets.token_bytes(KEY_BYTES)), time.time()

    def how(before: Endpoint) -> Endpoint:
        return (before if body.keep_old else replace(before, secrets=())).with_fresh_secret(fresh, now)

    return {"webhook": webhook_shape(_changed(path, how), with_secret=True)}


@blueprint.post("/<webhook>/test", responses={202: TestSentReply})
@requires("webhooks:write")
def send_test_webhook(path: WebhookPath) -> tuple[dict[str, Any], int]:
    """Send an endpoint an `endpoint.test` event, whatever it subscribed to."""
    endpoint = _found(path)
    if not endpoint.is_active:
        raise conflict("the endpoint is not active: it gets no deliveries")
    return {"event": services().deliveries.send_test(endpoint)}, 202


@blueprint.get("/<webhook>/deliveries", responses={200: DeliveriesReply})
@requires("webhooks:read")
def list_deliveries(path: WebhookPath, query: Page) -> dict[str, Any]:
    """List attempts to deliver, newest first."""
    attempts, total = services().deliveries.attempts(_found(path).id, query.limit, query.offset)
    return page_of("deliveries", [record_shape(one) for one in attempts], total, query)


@blueprint.get("/<webhook>/dead-letters", responses={200: DeadLettersReply})
@requires("webhooks:read")
def list_dead_letters(path: WebhookPath, query: Page) -> dict[str, Any]:
    """List events that were given up, newest first."""
    letters, total = services().deliveries.dead_letters(_found(path).id, query.limit, query.offset)
    return page_of("dead_letters", [record_shape(one) for one in letters], total, query)


@blueprint.post("/<webhook>/replay", responses={202: ReplayReply})
@requires("webhooks:write")
def replay_webhook(path: WebhookPath, body: ReplayBody) -> tuple[dict[str, Any], int]:
    """Send events again, under the ids they had: one `event`, those `from` .. `to`, or all `failed_since`."""
    if sum(one is not None for one in (body.event, body.from_, body.failed_since)) != 1:
        raise invalid("body", "give exactly one of event, from and failed_since")
    if body.to is not None and body.from_ is None:
        raise invalid("to", "goes with from")
    endpoint = _found(path)
    if body.event is not None:
        if not services().deliveries.replay_one(endpoint, body.event):
            raise ApiError(404, "not_found", "there is no such event, or not any more")
        return {"replayed": 1}, 202
    if body.from_ is not None:
        start, end = body.from_.timestamp(), time.time() if body.to is None else body.to.timestamp()
        if end < start:
            raise invalid("to", "is before from")
        return {"replayed": services().deliveries.replay_between(endpoint, start, end)}, 202
    assert body.failed_since is not None
    return {"replayed": services().deliveries.replay_failed(endpoint, body.failed_since.timestamp())}, 202


def _found(path: WebhookPath) -> Endpoint:
    endpoint = services().endpoints.get(tenant(), path.webhook)
    if endpoint is None:
        raise not_found("webhook")
    return endpoint


def _changed(path: WebhookPath, how: Any) -> Endpoint:
    endpoint = services().endpoints.change(tenant(), path.webhook, how)
    if endpoint is None:
        raise not_found("webhook")
    return endpoint


def _check_url(url: str) -> None:
    problem = services().urls.problem(url)
    if problem is not None:
        raise invalid("url", problem)


def _checked_events(events: Sequence[str]) -> tuple[str, ...]:
    for wish in events:
        problem = wish_problem(wish[:100])
        if problem is not None:
            raise invalid("events", problem)
    return tuple(dict.fromkeys(events))
