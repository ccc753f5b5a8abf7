"""Who looks at the console: a session named by a cookie, and the token that every form of it carries."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace

from flask import Request, Response, g, request

from engine.api.access import services
from engine.api.errors import ApiError
from engine.api.ports.keys import Caller
from engine.api.ports.sessions import LIFETIME
from engine.api.services import Services

COOKIE = "switchboard_console"
SECURE_COOKIE = "__Host-switchboard_console"
"""Over https: the browser itself holds to it that only this host set it (RFC 6265bis, 4.1.3.2)."""
FORM_FIELD = "_token"
LONGEST_TOKEN = 100
MORE_OFTEN = 10
"""A page asks more often than a program: so many times as often as the key may use the API."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    caller: Caller
    token: str = field(repr=False)

    @property
    def form_token(self) -> str:
        """What each form of this session carries; another site cannot know it."""
        return form_token(self.token)

    def may(self, scope: str) -> bool:
        """Whether the key has a scope."""
        return self.caller.may(scope)


def form_token(secret: str) -> str:
    """The token of forms that belongs to the secret in a cookie, which it does not reveal."""
    return hashlib.sha256(f"console form {secret}".encode()).hexdigest()


def by_https(asked: Request) -> bool:
    """Whether the browser speaks https, to us or to the proxy before us. Who lies about it deceives only themselves."""
    return asked.is_secure or asked.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower() == "https"


def cookie_name(asked: Request) -> str:
    """The cookie of the session, by how the page was asked for."""
    return SECURE_COOKIE if by_https(asked) else COOKIE


def session_token() -> str:
    """The token the browser sent; "" when it sent none that could be one."""
    token = request.cookies.get(cookie_name(request), "")
    return token if len(token) <= LONGEST_TOKEN else ""


def recognise() -> Visitor | None:
    """Who sent this request; None when nobody is signed in, or the key is no longer good. Raises ApiError 429."""
    token = session_token()
    caller = recall(services(), token) if token else None
    if caller is None:
        return None
    g.caller = caller
    g.visitor = Visitor(caller, token)
    request.environ["switchboard.key"] = caller.key
    request.environ["switchboard.tenant"] = caller.tenant
    often = replace(
        caller, key=f"{caller.key}:console", per_minute=caller.per_minute * MORE_OFTEN,
        per_hour=caller.per_hour * MORE_OFTEN,
    )  # fmt: skip
    allowance = services().limits.take(often)
    if not allowance.allowed:
        message = f"too many pages in a short time; try again in {allowance.retry_after} s"
        raise ApiError(429, "rate_limited", message, {"Retry-After": str(allowance.retry_after)})
    return visitor()


def recall(world: Services, token: str) -> Caller | None:
    """Who holds the key behind a token; None when there is no such session, or the key is no longer good."""
    key = world.sessions.find(token)
    return world.keys.holder(key) if key else None


def visitor() -> Visitor:
    """Who is signed in; asked only where somebody is."""
    known: Visitor = g.visitor
    return known


def check_form(secret: str) -> None:
    """Let a form pass that this console made for this browser. Raises ApiError 403."""
    sent = request.form.get(FORM_FIELD, "")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ApiError(403, "forbidden", "this form was sent from another site")
    if not secret or not hmac.compare_digest(sent.encode(), form_token(secret).encode()):
        raise ApiError(403, "form_expired", "this form is no longer good; open the page again and repeat")


def remember(response: Response, token: str, seconds: int = LIFETIME) -> None:
    """Have the browser keep a token, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(request), token, max_age=seconds, path="/", secure=by_https(request), httponly=True,
        samesite="Strict",
    )  # fmt: skip


def forget(response: Response) -> None:
    """Have the browser forget its token."""
    response.delete_cookie(
        cookie_name(request), path="/", secure=by_https(request), httponly=True, samesite="Strict"
    )  # fmt: skip
