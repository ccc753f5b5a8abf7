"""The console as a site: who may open which page, what every page carries, and what is shown when one cannot be."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import HTTPException

from engine.api.access import authorise
from engine.api.console.assets import address_of
from engine.api.console.rendering import page_of, templates
from engine.api.console.visitor import Visitor, check_form, recognise, session_token
from engine.api.errors import ApiError
from engine.core.errors import ControlError, StoreError, SwitchError

log = structlog.get_logger("console")
site = Blueprint("console", __name__, url_prefix="/console")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
SECTIONS = (
    ("live", "Live calls", "calls:read"),
    ("calls", "Recent calls", "calls:read"),
    ("events", "Events", "events:read"),
    ("webhooks", "Webhooks", "webhooks:read"),
    ("flows", "Flows", "flows:read"),
    ("dial", "Dial", "calls:write"),
)
"""The pages of the menu: last part of the address, name, and the scope that opens it."""
DONE = {
    "hung-up": "The call has been told to end.",
    "sent": "The call is on its way to the other flow.",
    "dialled": "The call is being placed.",
    "reloaded": "The flows have been read again.",
    "unchanged": "The flows on disk are the ones in use.",
    "created": "The endpoint has been created.",
    "saved": "The endpoint has been changed.",
    "deleted": "The endpoint has been deleted.",
    "tested": "A test event is on its way; its delivery appears below in a moment.",
    "replayed": "What you asked for is being sent again.",
    "signed-out": "You have signed out.",
}
"""What a page says first after a form has done its work, by the word in the address."""
STATUS_OF_FAULT: Mapping[str, int] = {
    "invalid": 400, "unknown_call": 404, "unknown_flow": 404, "refused_number": 403, "limit_reached": 429,
    "too_late": 409, "engine_away": 503, "unanswered": 504,
}  # fmt: skip
View = Callable[..., Response]


def page(rule: str, scope: str, *, changes: bool = False) -> Callable[[View], View]:
    """Put a page at an address of the console, for keys that have a scope; `changes` is a form that does something."""

    def place(view: View) -> View:
        @wraps(view)
        def guarded(**parts: str) -> Response:
            if recognise() is None:
                return sign_in_first()
            if changes:
                check_form(session_token())
            authorise(scope)
            return view(**parts)

        name = f"{view.__module__.rpartition('.')[2]}.{view.__name__}".replace(".", "_")
        site.add_url_rule(rule, name, guarded, methods=["POST" if changes else "GET"])
        return view

    return place


def sign_in_first() -> Response:
    """The way to the sign-in page and back; for a script, which cannot follow it, 401."""
    if request.headers.get("Sec-Fetch-Dest") == "empty":
        raise ApiError(401, "unauthorized", "you are signed out")
    back = f"?{urlencode({'next': request.full_path.rstrip('?')})}" if request.method == "GET" else ""
    return see_other(f"/console/sign-in{back}")


def see_other(address: str, done: str = "") -> Response:
    """Go to another page, which says first what has been done."""
    joined = "&" if "?" in address else "?"
    return Response(status=303, headers={"Location": f"{address}{joined}done={done}" if done else address})


def show(template: str, section: str, visitor: Visitor, status: int = 200, **values: Any) -> Response:
    """A page of somebody who is signed in, with the menu around it."""
    return page_of(template, status, **frame_of(section, visitor) | values)


def frame_of(section: str, visitor: Visitor | None) -> dict[str, Any]:
    """What every page carries besides its own matter."""
    menu = [(path, name) for path, name, scope in SECTIONS if visitor is not None and visitor.may(scope)]
    return {
        "section": section,
        "menu": menu,
        "visitor": visitor,
        "form_token": visitor.form_token if visitor else "",
        "done": DONE.get(request.args.get("done", ""), ""),
        "asset": address_of,
        "problem": "",
        "at": "",
        "here": request.full_path.rstrip("?"),
    }


@site.record_once
def _read_templates(_: Any) -> None:
    """Read every template before anything is served: it takes a tenth of a second that no request should wait."""
    for name in templates().list_templates(["html"]):
        templates().get_template(name)


@site.after_request
def _dress(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def problem_page(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page that says why there is no other."""
    try:
        known = recognise()
    except (ApiError, StoreError):
        known = None
    told = frame_of("", known) | {"problem": message, "missing": status == 404}
    response = page_of("problem.html", status, **told)
    response.headers.update(dict(headers or {}))
    return response


@site.errorhandler(ApiError)
def _refused(error: ApiError) -> Response:
    return problem_page(error.status, sentence(error.message), error.headers)


@site.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    words = {404: "There is no such page.", 413: "That form is too large."}
    return problem_page(error.code or 500, words.get(error.code or 0) or error.description or error.name)


@site.errorhandler(StoreError)
def _store_away(error: StoreError) -> Response:
    log.warning("a page needs Redis and it is away", error=str(error))
    message = "Redis is away, and with it everything this console knows. Calls go on. Try again in a moment."
    return problem_page(503, message, {"Retry-After": "2"})


@site.errorhandler(ControlError)
def _not_carried_out(error: ControlError) -> Response:
    return problem_page(STATUS_OF_FAULT.get(error.fault, 409), sentence(str(error)))


@site.errorhandler(SwitchError)
def _switch(error: SwitchError) -> Response:
    return problem_page(502, sentence(str(error)))


@site.errorhandler(Exception)
def _broken(error: Exception) -> Response:
    log.error("a page failed", error=f"{type(error).__name__}: {error}", exc_info=error)
    return problem_page(500, "Something went wrong here. It is in the log, under the X-Request-Id of this reply.")


def sentence(text: str) -> str:
    """A message as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


@site.get("/")
def home() -> Any:
    """The first page this visitor may see."""
    known = recognise()
    if known is None:
        return sign_in_first()
    first = next((path for path, _, scope in SECTIONS if known.may(scope)), None)
    if first is None:
        raise ApiError(403, "forbidden", "this key has no scope that opens a page of the console")
    return see_other(f"/console/{first}")


@site.get("")
def home_without_slash() -> Any:
    """The same, as people type it."""
    return redirect("/console/", 308)


@site.get("/<path:_rest>")
def nowhere(_rest: str) -> Response:
    """Whatever is not a page."""
    raise ApiError(404, "not_found", "there is no such page")
