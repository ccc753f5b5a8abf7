"""Events: the newest ones as a page, those that follow as a stream, and a stream that only says "look again"."""

import time
from collections.abc import Callable, Iterator, Sequence

import orjson
from flask import Response, request

from engine.api.access import services, tenant
from engine.api.console.event_view import event_view
from engine.api.console.rendering import render
from engine.api.console.site import page, sentence, show
from engine.api.console.visitor import Visitor, recall, visitor
from engine.api.errors import ApiError
from engine.api.ports.events import Resync, Told, TooManyReadersError
from engine.api.services import Services
from engine.core.errors import StoreError
from engine.webhooks.subscription import EVERYTHING, known_types, wish_problem

NEWEST = 50
"""Events on the page before any comes."""
LOOK_AT_SESSION = 15.0
"""Seconds after which a session is looked at again: a stream may be open all day."""
NUDGE_EVERY = 0.25
"""Seconds between two nudges at least; the page looks a little after each, so it sees what came in between."""
RECONNECT_MS = 2000


@page("/events", "events:read")
def events() -> Response:
    """The newest events, and those that come."""
    types, call = request.args.get("types", EVERYTHING), request.args.get("call", "").strip()[:100]
    problem = wish_problem(types)
    told, position = ((), "") if problem else services().events.recent(tenant(), [types], call, NEWEST)
    families = sorted({name.partition(".")[0] for name in known_types()})
    return show(
        "events.html", "events", visitor(), 400 if problem else 200, problem=sentence(problem or ""),
        events=[event_view(orjson.loads(one.body)) for one in told], position=position, types=types, call=call,
        choices=[(f"{family}.*", [name for name in known_types() if name.startswith(f"{family}.")])
                 for family in families],
    )  # fmt: skip


@page("/events/stream", "events:read")
def stream() -> Response:
    """Each event as a row of the page, for as long as somebody looks."""
    types, call = request.args.get("types", EVERYTHING), request.args.get("call", "").strip()[:100]
    problem = wish_problem(types)
    if problem:
        raise ApiError(400, "invalid_request", problem)
    after = request.headers.get("Last-Event-ID") or request.args.get("after") or None
    return _followed(after, [types], call, "events:read", _row)


@page("/nudges", "calls:read")
def nudges() -> Response:
    """A word whenever something happened to the calls one looks at; what it was is on the page they are on."""
    last = 0.0

    def nudge(_: Told) -> bytes:
        nonlocal last
        if time.monotonic() - last < NUDGE_EVERY:
            return b""
        last = time.monotonic()
        return b"event: changed\ndata: .\n\n"

    return _followed(None, ["call.*", "flow.*"], request.args.get("call", "")[:100], "calls:read", nudge)


def _row(told: Told) -> bytes:
    html = render("event_row.html", event=event_view(orjson.loads(told.body)))
    lines = b"".join(b"data: %b\n" % line.encode() for line in html.splitlines())
    return b"id: %b\nevent: told\n%b\n" % (told.position.encode(), lines)


def _followed(
    after: str | None, types: Sequence[str], call: str, scope: str, written: Callable[[Told], bytes]
) -> Response:
    try:
        news = services().events.follow(tenant(), after, types, call)
    except ValueError as error:
        raise ApiError(400, "invalid_request", f"after: {error}") from None
    except TooManyReadersError as error:
        raise ApiError(429, "too_many_readers", str(error), {"Retry-After": "10"}) from None
    lines = _lines(news, services(), visitor(), scope, written)
    return Response(lines, content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})


def _lines(
    news: Iterator[Told | Resync | None], world: Services, who: Visitor, scope: str, written: Callable[[Told], bytes]
) -> Iterator[bytes]:
    """The stream as text, until the session ends."""
    looked = time.monotonic()
    yield b"retry: %d\n\n" % RECONNECT_MS
    for one in news:
        if isinstance(one, Told):
            text = written(one)
            if text:
                yield text
        elif one is None:
            yield b": still here\n\n"
        else:
            yield b"event: resync\ndata: .\n\n"
        if time.monotonic() - looked > LOOK_AT_SESSION:
            looked = time.monotonic()
            if not _still_there(world, who, scope):
                yield b"event: over\ndata: .\n\n"
                return


def _still_there(world: Services, who: Visitor, scope: str) -> bool:
    """Whether a session goes on and may still see this; while nobody knows, it does."""
    try:
        known = recall(world, who.token)
    except StoreError:
        return True
    return known is not None and known.tenant == who.caller.tenant and known.may(scope)
