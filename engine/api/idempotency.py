"""A POST sent twice under one Idempotency-Key happens once; the second sender is given the first one's reply."""

import hashlib
import re
from collections.abc import Callable

import structlog
from flask import Response, g, request

from engine.api.access import services, tenant
from engine.api.errors import ApiError
from engine.api.ports.idempotency import KeptReply
from engine.core.errors import StoreError

log = structlog.get_logger("api")

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def once(perform: Callable[[], Response]) -> Response:
    """Perform a request, or give the reply of the one it repeats. Raises ApiError 400 and 409."""
    key = request.headers.get(HEADER)
    if key is None:
        return perform()
    if not _KEY.fullmatch(key):
        raise ApiError(400, "invalid_request", f"{HEADER}: 1 to 255 visible ASCII characters")
    kept, whose, fingerprint = services().idempotency, tenant(), _fingerprint()
    begun = kept.begin(whose, key, fingerprint)
    if begun.state == "other":
        raise ApiError(409, "idempotency_conflict", f"this {HEADER} was used with another request")
    if begun.state == "running":
        raise ApiError(409, "idempotency_running", "the first request of this key is not answered yet; try again")
    if begun.reply is not None:
        response = Response(begun.reply.body, begun.reply.status, content_type=begun.reply.content_type)
        response.headers[REPLAYED] = "true"
        return response
    g.idempotency = hashlib.sha256(f"{whose}\n{key}\n{fingerprint}".encode()).hexdigest()
    done = None
    try:
        response = perform()
        if response.status_code < 500:
            done = KeptReply(response.status_code, response.content_type, response.get_data())
        return response
    finally:
        try:
            if done is not None:
                kept.finish(whose, key, fingerprint, done)
            else:
                kept.give_up(whose, key)
        except StoreError as error:  # what was done is done: its sender is told so
            log.warning("a reply is not kept", error=str(error))


def idempotency_token() -> str | None:
    """64 hex digits that are the same for each repetition of this request; None when it carries no key.

    An operation that survives this process names what it starts by it, so that a repetition starts nothing again.
    """
    token: str | None = g.get("idempotency")
    return token


def _fingerprint() -> str:
    """What makes two requests the same one: method, path, query and body."""
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.path.encode(), request.query_string, request.get_data(cache=True)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
