"""Events as they happen, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import re
from collections.abc import Iterator
from time import monotonic
from typing import Annotated

import orjson
from flask import Response, request
from pydantic import Field

from engine.api.access import HEADER, requires, services, tenant
from engine.api.errors import ApiError, invalid
from engine.api.fields import Query
from engine.api.ports.events import Resync, Told, TooManyReadersError
from engine.api.ports.keys import Keys
from engine.api.resource import Resource
from engine.core.errors import StoreError
from engine.webhooks.subscription import wish_problem

blueprint = Resource("events", "/v1/events", "Events as they happen.")

POSITION = "Last-Event-ID"
RECONNECT_MS = 2000
LOOK_AT_KEY = 15.0
"""Seconds after which a key is looked at again: a stream may be open for days."""
_CALL = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_POSITION = re.compile(r"[0-9~-]{1,200}")


class EventsQuery(Query):
    """Which events."""

    types: Annotated[str, Field(max_length=1000)] = Field(
        "*", description="Types with commas between them: exact (`call.ended`), a family (`call.*`), or all (`*`)."
    )
    call: str | None = Field(None, pattern=_CALL, description="Only events of this call.")
    last_event_id: str | None = Field(
        None, max_length=200, description="As the header Last-Event-ID, for programs that cannot send headers."
    )


@blueprint.get("", responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}})
@requires("events:read")
def follow_events(query: EventsQuery) -> Response:
    """Events as they happen, for as long as the connection is open.

    Each has its position in the stream as `id`, its type as `event`, and as `data` what endpoints get. Come back with
    the last position in the header Last-Event-ID and nothing is missed while it is kept. `resync` says that events were
    missed: read anew what you know. A comment comes every 15 s when nothing happens.
    """
    types = [word.strip() for word in query.types.split(",") if word.strip()]
    for word in types:
        problem = wish_problem(word)
        if problem:
            raise invalid("types", problem)
    after = request.headers.get(POSITION) or query.last_event_id
    if after is not None and not _POSITION.fullmatch(after):
        raise invalid(POSITION, "is no position of an event")
    try:
        news = services().events.follow(tenant(), after, types or ["*"], query.call or "")
    except ValueError as error:
        raise invalid(POSITION, str(error)) from None
    except TooManyReadersError as error:
        raise ApiError(429, "too_many_readers", str(error), {"Retry-After": "10"}) from None
    lines = _lines(news, services().keys, request.headers.get(HEADER, ""), tenant())
    return Response(lines, content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})


def _lines(news: Iterator[Told | Resync | None], keys: Keys, key: str, whose: str) -> Iterator[bytes]:
    """The stream as text, until the key is good no more."""
    looked = monotonic()
    yield b"retry: %d\n\n" % RECONNECT_MS
    for one in news:
        if isinstance(one, Told):
            yield b"id: %b\nevent: %b\ndata: %b\n\n" % (one.position.encode(), one.type.encode(), one.body)
        elif one is None:
            yield b": still here\n\n"
        else:
            yield b"event: resync\ndata: %b\n\n" % orjson.dumps({"position": one.position, "reason": one.reason})
        if monotonic() - looked > LOOK_AT_KEY:
            looked = monotonic()
            if not _is_good(keys, key, whose):
                return


def _is_good(keys: Keys, key: str, whose: str) -> bool:
    """Whether a key may still read the events of a tenant; without Redis it may for a while longer."""
    try:
        known = keys.find(key)
    except StoreError:
        return True
    return known is not None and known.tenant == whose and known.may("events:read")
