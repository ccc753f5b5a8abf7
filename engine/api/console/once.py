"""A form that does something does it once: sent twice (a double click, a reload), it leads where the first one led."""

import re
import secrets
from collections.abc import Callable

from flask import Response, request

from engine.api.access import services, tenant
from engine.api.console.site import see_other
from engine.api.errors import conflict
from engine.api.ports.idempotency import KeptReply

FIELD = "_once"
_FORM = re.compile(r"[A-Za-z0-9_-]{20,64}")


def fresh_form() -> str:
    """What a form carries so that it is known when it is sent again."""
    return secrets.token_urlsafe(24)


def form_id() -> str:
    """What this form is known by; "" for one that carries nothing of the kind."""
    sent = request.form.get(FIELD, "")
    return sent if _FORM.fullmatch(sent) else ""


def once(perform: Callable[[], tuple[Response, str]]) -> Response:
    """Do what a form asks, if it was not done yet.

    `perform` gives the page to show and where a repetition is led, "" when nothing was done and the form may be sent
    again. Raises ApiError 409 for a form whose first sending is still under way.
    """
    sent = form_id()
    if not sent:
        raise conflict("this form is not whole; open the page again and repeat")
    kept, whose, key = services().idempotency, tenant(), f"console-{sent}"
    begun = kept.begin(whose, key, request.path)
    if begun.reply is not None:
        return see_other(begun.reply.body.decode())
    if begun.state != "new":
        raise conflict("this form was sent already; see whether it has done its work")
    led = ""
    try:
        response, led = perform()
    finally:
        if not led:
            kept.give_up(whose, key)
    if led:
        kept.finish(whose, key, request.path, KeptReply(303, "text/plain", led.encode()))
    return response
