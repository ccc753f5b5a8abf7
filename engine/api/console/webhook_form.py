"""The form of an endpoint: making one, whose secret is shown once, and changing one."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from pydantic import ValidationError

from engine.api.console.once import fresh_form, once
from engine.api.console.site import page, see_other, sentence, show
from engine.api.console.visitor import visitor
from engine.api.console.webhooks import found, webhook_page
from engine.api.errors import ApiError
from engine.api.webhooks import ChangeBody, CreateBody, WebhookPath, create_webhook, update_webhook
from engine.webhooks.endpoint import Endpoint
from engine.webhooks.subscription import EVERYTHING, known_types

NUMBERS = ("max_retries", "retry_delay_seconds")
FIELDS = ("url", "events", "retry_enabled", *NUMBERS)
WORDS = {"too_long": "is too long", "missing": "is needed"}


@page("/webhooks/new", "webhooks:write")
def new_webhook() -> Response:
    """The form that makes an endpoint."""
    return _form(None, {"url": "", "events": [EVERYTHING], "retry_enabled": True, **_defaults()})


@page("/webhooks/new", "webhooks:write", changes=True)
def make_webhook() -> Response:
    """Make an endpoint, and show its secret."""
    return once(_make)


def _make() -> tuple[Response, str]:
    typed = _typed()
    try:
        reply, _ = create_webhook(CreateBody(**_fields(typed)))
    except (ApiError, ValidationError) as error:
        return _refused(None, typed, error), ""
    made = reply["webhook"]
    done = "The endpoint has been made. Its secret is shown on this page, and never again."
    return (
        webhook_page(found(made["id"]), secret=made["secret"], done=done, status=201),
        f"/console/webhooks/{made['id']}",
    )


@page("/webhooks/<endpoint>/edit", "webhooks:write")
def edit_webhook(endpoint: str) -> Response:
    """The form that changes an endpoint."""
    known = found(endpoint)
    return _form(known, {name: getattr(known, name) for name in FIELDS})


@page("/webhooks/<endpoint>/edit", "webhooks:write", changes=True)
def change_webhook(endpoint: str) -> Response:
    """Change an endpoint."""
    known, typed = found(endpoint), _typed()
    try:
        update_webhook(WebhookPath(webhook=known.id), ChangeBody(**_fields(typed)))
    except (ApiError, ValidationError) as error:
        return _refused(known, typed, error)
    return see_other(f"/console/webhooks/{known.id}", "saved")


def _defaults() -> dict[str, Any]:
    return {name: CreateBody.model_fields[name].default for name in NUMBERS}


def _typed() -> dict[str, Any]:
    form = request.form
    events = [*form.getlist("events"), *form.get("more_events", "").replace(",", " ").split()]
    return {
        "url": form.get("url", "").strip(),
        "events": [EVERYTHING] if EVERYTHING in events else list(dict.fromkeys(events)),
        "retry_enabled": "retry_enabled" in form,
        **{name: form.get(name, "").strip() for name in NUMBERS},
    }


def _fields(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The form as the API takes it: numbers as numbers; what is none stays as it is and is refused there."""
    return {**typed, **{name: int(typed[name]) if typed[name].isdecimal() else typed[name] for name in NUMBERS}}


def _refused(known: Endpoint | None, typed: Mapping[str, Any], error: ApiError | ValidationError) -> Response:
    if isinstance(error, ValidationError):
        problems = {str(each["loc"][0]): _words(each) for each in error.errors(include_url=False)}
        return _form(known, typed, problems, status=400)
    field, colon, words = error.message.partition(": ")
    if colon and field in FIELDS:
        return _form(known, typed, {field: words}, status=error.status)
    return _form(known, typed, message=sentence(error.message), status=error.status)


def _words(problem: Any) -> str:
    if problem["loc"][0] in NUMBERS and problem["type"].startswith("int_"):
        return "takes a whole number"
    if problem["loc"][0] == "events" and problem["type"] == "too_short":
        return "choose at least one"
    text = WORDS.get(problem["type"]) or problem["msg"]
    return f"{text[:1].lower()}{text[1:]}"


def _form(
    known: Endpoint | None, typed: Mapping[str, Any], problems: Mapping[str, str] | None = None, message: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    types = known_types()
    families = sorted({name.partition(".")[0] for name in types})
    listed = {EVERYTHING, *(f"{family}.*" for family in families)}
    return show(
        "webhook_form.html", "webhooks", visitor(), status, problem=message, problems=problems or {}, typed=typed,
        known=known, families=families, types=types, form=fresh_form(),
        more=" ".join(wish for wish in typed["events"] if wish not in listed),
    )  # fmt: skip
