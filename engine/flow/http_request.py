"""Sending an HTTP request for a caller who waits: tries, the pauses between them, and what is heard meanwhile."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from engine.core.effects import HttpCall, Play
from engine.core.errors import FlowError
from engine.core.prompts import Prompt
from engine.core.signals import Answer, HttpReply, Json, Refused
from engine.core.steps import Done, Step, Wait
from engine.flow.asking import stop_prompt
from engine.flow.error_handling import error_names
from engine.flow.fields import Duration
from engine.flow.prompt import PromptSpec
from engine.flow.template import Template
from engine.flow.values import to_text
from engine.flow.view import View

GUARD = 5.0
"""Seconds after its own timeout when a request that nobody answers is given up."""
PROMPT_GAP = 2.0
"""Seconds of silence between two playings of the waiting prompt."""

_PLAIN = "/:?#[]@!$&'()*+,;=%-._~"
"""What the author's own part of an address may hold as it is (RFC 3986 §2)."""

ErrorName = Annotated[str, StringConstraints(pattern=r"^http(?:\.[a-z0-9_]+)*$")]


class Retry(BaseModel):
    """How often a failed request is tried in all, and the pause before each next try: `delay` times `backoff` each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tries: Annotated[int, Field(ge=1, le=10)] = 2
    delay: Duration = 0.5
    backoff: Annotated[float, Field(ge=1, le=10)] = 2.0
    max_delay: Duration = 5.0
    on: tuple[ErrorName, ...] = ("http.timeout", "http.connect", "http.5xx")

    def wants(self, reply: HttpReply) -> bool:
        """Whether such a reply is worth another try."""
        return any(name in self.on for name in failure_names(reply))


def failure_names(reply: HttpReply) -> tuple[str, ...]:
    """The error names of a failed reply, most exact first; none for a good one."""
    if reply.error:
        return error_names(reply.error)
    return error_names(f"http.status.{reply.status}") if reply.status >= 400 else ()


def joined_url(
    address: Template | str, path: Template | None, query: Mapping[str, Json], scope: Mapping[str, Any]
) -> str:
    """The address of a request. What expressions put into it is percent-encoded, unless it is the whole address.

    Raises FlowError `http.connect` for what is no http or https address.
    """
    if isinstance(address, str):
        url = address
    else:
        url = address.render(scope) if len(address.parts) == 1 else _encoded(address, scope)
    if path is not None:
        tail = _encoded(path, scope)
        url = url.rstrip("/") + (tail if tail.startswith(("/", "?")) else f"/{tail}")
    if pairs := encoded_pairs(query):
        url += ("&" if "?" in url else "?") + pairs
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise FlowError("http.connect", "this is no http or https address")
    return url


def encoded_pairs(pairs: Mapping[str, Json]) -> str:
    """Names and values as a query or a form holds them: null is left out, a list is one pair for each of its items."""
    return "&".join(
        f"{quote(name, safe='')}={quote(to_text(part), safe='')}"
        for name, value in pairs.items()
        if value is not None
        for part in (value if isinstance(value, list) else [value])
    )


def _encoded(template: Template, scope: Mapping[str, Any]) -> str:
    return "".join(
        quote(part, safe=_PLAIN) if isinstance(part, str) else _segment(to_text(part.evaluate(scope)))
        for part in template.parts
    )


def _segment(text: str) -> str:
    """A value as one part of a path; `.` and `..` would name another place."""
    return "%2E" * len(text) if text in (".", "..") else quote(text, safe="")


def perform(
    view: View, call: HttpCall, retry: Retry, *, wait_prompt: PromptSpec | None, wait_after: float, keep: float = 0.0
) -> Step[HttpReply]:
    """Send until a reply is good or tries are used up; `keep` is how many seconds a good one serves this call again."""
    state, key = view.state, json.dumps([call.method, call.url, call.headers, call.body])
    if keep and key in state.cache and state.cache[key][0] > view.now:
        return state.cache[key][1]
    comfort = _Comfort(view, view.prompt(wait_prompt) if view.alive else (), view.now + wait_after)
    delay = retry.delay
    tries = 1
    while True:
        reply = yield from _sent(view, call, comfort)
        if tries >= retry.tries or not retry.wants(reply):
            break
        yield from comfort.sleep(view.now + min(delay, retry.max_delay))
        delay *= retry.backoff
        tries += 1
    yield from comfort.stop()
    if keep and not reply.error and reply.status < 400:
        state.cache[key] = (view.now + keep, reply)
    return reply


def _sent(view: View, call: HttpCall, comfort: "_Comfort") -> Step[HttpReply]:
    ask = view.start(call)
    answer = yield from comfort.until(ask, view.now + call.timeout + GUARD)
    if isinstance(answer, HttpReply):
        return answer
    if isinstance(answer, Refused):
        return HttpReply(0, error="http.connect", detail=answer.detail)
    return HttpReply(0, error="http.timeout", detail=f"no reply in {call.timeout:g} seconds")


class _Comfort:
    """What the caller hears while a request lasts: nothing at first, then a prompt over and over."""

    def __init__(self, view: View, prompt: Prompt, due: float) -> None:
        self._view = view
        self._prompt = prompt
        self._due = due
        self._playing: Any = None

    def until(self, ask: Any, deadline: float) -> Step[Answer | None]:
        """Wait for an answer until a time; None when it did not come."""
        view = self._view
        while True:
            now = view.now
            if now >= deadline:
                return None
            if self._prompt and self._playing is None and now >= self._due:
                self._playing = view.start(Play(view.leg, self._prompt, interruptible=False))
            until = deadline if self._playing is not None or not self._prompt else min(deadline, self._due)
            asks = tuple(number for number in (ask, self._playing) if number is not None)
            happened = yield Wait(max(0.0, until - now), asks=asks)
            if not isinstance(happened, Done):
                if until == deadline:
                    return None
                if view.now < self._due:
                    self._due = view.now
            elif happened.ask == ask:
                return happened.answer
            else:
                self._playing = None
                self._due = view.now + PROMPT_GAP

    def sleep(self, deadline: float) -> Step[None]:
        """Let time pass until then."""
        yield from self.until(None, deadline)

    def stop(self) -> Step[None]:
        """The request is over: so is the prompt."""
        if self._playing is not None:
            yield from stop_prompt(self._view.hands, self._view.leg, self._playing)
            self._playing = None
