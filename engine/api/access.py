"""Who calls, what they may, and how often: looked at before any resource under /v1 is reached."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from engine.api.errors import ApiError
from engine.api.ports.keys import SCOPES, Caller
from engine.api.reply_headers import ALLOWANCE
from engine.api.services import Services

PREFIX = "/v1/"
HEADER = "X-API-Key"
LONGEST_KEY = 100
Operation = TypeVar("Operation", bound=Callable[..., Any])


def services() -> Services:
    """The world behind the API that serves this request."""
    known: Services = current_app.extensions["switchboard"]
    return known


def caller() -> Caller:
    """The holder of this request's key."""
    known: Caller = g.caller
    return known


def tenant() -> str:
    """The tenant this request is made for: nothing of any other may be shown or changed."""
    return caller().tenant


def requires(scope: str) -> Callable[[Operation], Operation]:
    """Say which scope an operation needs; every operation of a resource says so, or that it is `public`."""
    if scope not in SCOPES:
        raise ValueError(f"no such scope: {scope}")

    def mark(operation: Operation) -> Operation:
        operation.scope = scope  # type: ignore[attr-defined]
        return operation

    return mark


def public(operation: Operation) -> Operation:
    """Say that an operation needs no key; its address is not under /v1."""
    operation.scope = ""  # type: ignore[attr-defined]
    return operation


def scope_of(operation: Callable[..., Any]) -> str:
    """The scope an operation needs, "" for none. Raises TypeError when it does not say."""
    scope = getattr(operation, "scope", None)
    if scope is None:
        raise TypeError(f"{operation.__name__} must be marked with requires(...) or public")
    return str(scope)


def guard(app: Flask) -> None:
    """Ask every request under /v1 for its key, and count it."""
    app.before_request(_admit)


def authorise(scope: str) -> None:
    """Let the request on to an operation. Raises ApiError 403."""
    if scope and not caller().may(scope):
        raise ApiError(403, "forbidden", f"this key does not have the scope {scope}")


def _admit() -> None:
    if not request.path.startswith(PREFIX):
        return
    text = request.headers.get(HEADER, "")
    if not text:
        raise ApiError(401, "unauthorized", f"send an API key in the header {HEADER}")
    known = services().keys.find(text) if len(text) <= LONGEST_KEY else None
    if known is None:
        raise ApiError(401, "unauthorized", "this API key is unknown, expired or revoked")
    g.caller = known
    request.environ["switchboard.key"] = known.key
    request.environ["switchboard.tenant"] = known.tenant
    allowance = services().limits.take(known)
    request.environ[ALLOWANCE] = allowance
    if not allowance.allowed:
        raise ApiError(
            429, "rate_limited", f"more than {allowance.limit} requests; try again in {allowance.retry_after} s",
            {"Retry-After": str(allowance.retry_after)},
        )  # fmt: skip
