"""What can be done to an endpoint: test it, pause it, give it a new secret, send events again, delete it."""

import time
from datetime import UTC, datetime

from flask import Response, request

from engine.api.access import services, tenant
from engine.api.console import wording
from engine.api.console.once import fresh_form, once
from engine.api.console.site import STATUS_OF_FAULT, page, see_other, sentence, show
from engine.api.console.visitor import visitor
from engine.api.console.webhooks import found, webhook_page
from engine.api.errors import ApiError, not_found
from engine.api.webhooks import ChangeBody, RotateBody, WebhookPath, rotate_webhook_secret, update_webhook
from engine.core.errors import ControlError
from engine.webhooks.endpoint import Endpoint


@page("/webhooks/<endpoint>/test", "webhooks:write", changes=True)
def test_webhook(endpoint: str) -> Response:
    """Send a test event."""
    known = found(endpoint)
    try:
        services().deliveries.send_test(known)
    except ControlError as error:
        return _refused(known, error)
    return see_other(_where(known), "tested")


@page("/webhooks/<endpoint>/active", "webhooks:write", changes=True)
def switch_webhook(endpoint: str) -> Response:
    """Pause an endpoint, or let it have its deliveries again."""
    known = found(endpoint)
    update_webhook(WebhookPath(webhook=known.id), ChangeBody(is_active=request.form.get("active") == "yes"))
    return see_other(_where(known), "saved")


@page("/webhooks/<endpoint>/secret", "webhooks:write")
def ask_new_secret(endpoint: str) -> Response:
    """Whether the secret is to be replaced."""
    known = found(endpoint)
    return show(
        "rotate.html", "webhooks", visitor(), question="Make a new secret?", about=known.url, verb="Make a new secret",
        action=f"{_where(known)}/secret", tone="primary", keep="Keep the old one", back=_where(known),
        form=fresh_form(),
    )  # fmt: skip


@page("/webhooks/<endpoint>/secret", "webhooks:write", changes=True)
def new_secret(endpoint: str) -> Response:
    """Replace the secret, and show the new one."""
    return once(lambda: _rotate(found(endpoint)))


def _rotate(known: Endpoint) -> tuple[Response, str]:
    keep_old = request.form.get("leaked") != "yes"
    reply = rotate_webhook_secret(WebhookPath(webhook=known.id), RotateBody(keep_old=keep_old))
    done = "The endpoint has a new secret. It is shown on this page, and never again."
    return webhook_page(found(known.id), secret=reply["webhook"]["secret"], done=done), _where(known)


@page("/webhooks/<endpoint>/delete", "webhooks:write")
def ask_delete(endpoint: str) -> Response:
    """Whether the endpoint is to be deleted."""
    known = found(endpoint)
    backlog = services().endpoints.backlog(known.id)
    waits = backlog["waiting"] + backlog["slow"]
    return show(
        "confirm.html", "webhooks", visitor(), question="Delete this endpoint?",
        about=f"{known.url} gets nothing more, and its log goes with it. "
        f"{wording.count(waits, 'event')} still to be delivered will not be.",
        action=f"{_where(known)}/delete", verb="Delete", tone="danger", keep="Keep it", back=_where(known),
    )  # fmt: skip


@page("/webhooks/<endpoint>/delete", "webhooks:write", changes=True)
def delete_webhook(endpoint: str) -> Response:
    """Delete the endpoint."""
    if not services().endpoints.delete(tenant(), found(endpoint).id):
        raise not_found("endpoint")
    return see_other("/console/webhooks", "deleted")


@page("/webhooks/<endpoint>/replay", "webhooks:write", changes=True)
def replay(endpoint: str) -> Response:
    """Send one event again, or those of a time, or all that failed since a time."""
    known = found(endpoint)
    if "event" in request.form:  # under its own id: a repetition does no harm, and may be wanted
        return _replayed(known)[0]
    return once(lambda: _replayed(known))


def _replayed(known: Endpoint) -> tuple[Response, str]:
    form, deliveries = request.form, services().deliveries
    try:
        if "event" in form:
            sent = int(deliveries.replay_one(known, form["event"][:200]))
            if not sent:
                raise ApiError(404, "not_found", "this event is not known any more")
        elif "failed_since" in form:
            sent = deliveries.replay_failed(known, _time("failed_since"))
        else:
            start, end = _time("from"), _time("to") + 60
            if end < start:
                raise ApiError(400, "invalid_request", "the end is before the beginning")
            sent = deliveries.replay_between(known, start, min(end, time.time()))
    except (ControlError, ApiError) as error:
        return _refused(known, error), ""
    if not sent:
        return webhook_page(known, "Nothing fits: no event is sent again.", status=200), ""
    return see_other(_where(known), "replayed"), f"{_where(known)}?done=replayed"


def _time(name: str) -> float:
    """A date and time that was typed, in UTC. Raises ApiError 400."""
    try:
        return datetime.fromisoformat(request.form.get(name, "")).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        raise ApiError(400, "invalid_request", "write a date and a time, as 2026-11-20T22:00") from None


def _refused(known: Endpoint, error: ControlError | ApiError) -> Response:
    status = STATUS_OF_FAULT.get(error.fault, 409) if isinstance(error, ControlError) else error.status
    return webhook_page(known, sentence(str(error)), status=status)


def _where(known: Endpoint) -> str:
    return f"/console/webhooks/{known.id}"
