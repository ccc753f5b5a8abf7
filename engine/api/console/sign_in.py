"""Signing in with an API key, which the browser never keeps, and signing out; and the files every page loads."""

import re
import secrets

from flask import Response, request

from engine.api.access import LONGEST_KEY, services
from engine.api.console.assets import serve
from engine.api.console.rendering import page_of
from engine.api.console.site import DONE, frame_of, see_other, site
from engine.api.console.visitor import check_form, forget, form_token, recognise, remember, session_token
from engine.api.errors import ApiError

_INSIDE = re.compile(r"/console/[A-Za-z0-9/_.?=&%+:*~-]*")
"""Where one may be led after signing in: nowhere but the console."""


@site.get("/sign-in")
def ask_key() -> Response:
    """The form that asks for a key."""
    if recognise() is not None:
        return see_other(_where_to(request.args.get("next", "")))
    return _form(request.args.get("next", ""), DONE.get(request.args.get("done", ""), ""))


@site.post("/sign-in")
def sign_in() -> Response:
    """Begin a session for the key that was typed."""
    back = request.form.get("next", "")
    try:
        check_form(session_token())
    except ApiError as refused:
        return _form(back, problem=f"{refused.message[:1].upper()}{refused.message[1:]}.", status=refused.status)
    text = request.form.get("key", "").strip()
    known = services().keys.find(text) if 0 < len(text) <= LONGEST_KEY else None
    if known is None:
        return _form(back, problem="This key is unknown, expired or revoked.", status=401)
    response = see_other(_where_to(back))
    remember(response, services().sessions.open(known.key))
    return response


@site.post("/sign-out")
def sign_out() -> Response:
    """End the session, here and in the browser."""
    token = session_token()
    check_form(token)
    services().sessions.close(token)
    response = see_other("/console/sign-in", "signed-out")
    forget(response)
    return response


@site.get("/static/<digest>/<name>")
def static_file(digest: str, name: str) -> Response:
    """The style, the script, the icon."""
    found = serve(digest, name)
    if found is None:
        raise ApiError(404, "not_found", "there is no such file")
    found.make_conditional(request)
    return found


def _form(back: str, done: str = "", problem: str = "", status: int = 200) -> Response:
    """The sign-in page with a token of its own, so that nobody can be signed in from another site."""
    secret = secrets.token_urlsafe(32)
    told = frame_of("sign-in", None) | {"form_token": form_token(secret), "done": done, "problem": problem}
    response = page_of("sign_in.html", status, **told, back=_where_to(back))
    remember(response, secret, 3600)
    return response


def _where_to(back: str) -> str:
    inside = len(back) < 500 and _INSIDE.fullmatch(back) and not back.startswith("/console/sign-")
    return back if inside else "/console/"
