"""What stands in for the world in a test: replies to requests, people who are rung, calendars, sessions, languages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from engine.call.rehearsal.hearing import target_text
from engine.core.effects import Dial, HttpCall
from engine.core.signals import HttpReply, Json
from engine.flow.bundle import Bundle
from engine.flow.document import Variable
from engine.flow.project import Service
from engine.flow.rehearsal.request_key import RequestKey, read_request
from engine.flow.rehearsal.script import Mocks, Reply
from engine.flow.rehearsal.source import PersonDoes

T = TypeVar("T")


class Turns:
    """Takes things of a list one after the other; the last is for all further turns."""

    __slots__ = ("_taken",)

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def next(self, key: str, things: Sequence[T]) -> T:
        """The next of the things under this key."""
        taken = self._taken.get(key, 0)
        self._taken[key] = taken + 1
        return things[min(taken, len(things) - 1)]


class Replies:
    """Answers requests as a test says; `strange` are those it says nothing about."""

    __slots__ = ("_keys", "_replies", "_turns", "strange")

    def __init__(self, replies: Mapping[str, Sequence[Reply]], services: Mapping[str, Service]) -> None:
        keys = [key for source in replies if (key := read_request(source, services)[0]) is not None]
        self._keys: list[RequestKey] = sorted(keys, key=lambda key: "*" in key.url)
        self._replies = replies
        self._turns = Turns()
        self.strange: list[HttpCall] = []

    def answer(self, call: HttpCall) -> HttpReply:
        """The reply to a request."""
        for key in self._keys:
            if key.matches(call.method, call.url):
                return as_reply(self._turns.next(key.source, self._replies[key.source]), call)
        self.strange.append(call)
        return HttpReply(0, error="http.connect", detail="the test has no reply to it")


def as_reply(reply: Reply, call: HttpCall) -> HttpReply:
    """A written reply as the engine's HTTP client would give it: too late and too long are errors."""
    if reply.delay > call.timeout:
        return HttpReply(0, error="http.timeout", detail=f"no reply in {call.timeout:g} seconds", ms=_ms(call.timeout))
    if reply.error:
        return HttpReply(0, error=reply.error, detail="as the test says", ms=_ms(reply.delay))
    if len(reply.body.encode("utf-8", "replace")) > call.max_body:
        detail = f"the reply is longer than {call.max_body} bytes"
        return HttpReply(0, error="http.too_large", detail=detail, ms=_ms(reply.delay))
    return HttpReply(reply.status, dict(reply.headers), reply.body, ms=_ms(reply.delay))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


class People:
    """What those do who are rung, by the target of the transfer."""

    __slots__ = ("_doings", "_turns")

    def __init__(self, doings: Mapping[str, Sequence[PersonDoes]]) -> None:
        self._doings = doings
        self._turns = Turns()

    def whom(self, dial: Dial) -> PersonDoes:
        """What the party of this dial does; who is not named answers."""
        target = target_text(dial)
        key = target if target in self._doings else "any"
        return self._turns.next(key, self._doings[key]) if key in self._doings else "answers"


def set_stage(bundle: Bundle, mocks: Mocks, language: str) -> tuple[Bundle, dict[str, str]]:
    """The flows with what a case changes about their project, and the switches that hold its calendars."""
    switches: dict[str, str] = {}
    project = bundle.project
    if mocks.hours:
        calendars = dict(bundle.calendars)
        for name, state in mocks.hours.items():
            if name in calendars:
                switch = f"rehearsal {name}"
                calendars[name] = replace(calendars[name], switch=switch)
                switches[switch] = state
        bundle = replace(bundle, calendars=calendars)
    if mocks.session:
        project = replace(project, session={**project.session, **_set_session(project.session, mocks.session)})
    if language and language != project.languages[0]:
        others = tuple(known for known in project.languages if known != language)
        project = replace(project, languages=(language, *others))
    if project is not bundle.project:
        bundle = replace(bundle, project=project)
    return bundle, switches


def _set_session(declared: Mapping[str, Variable], given: Mapping[str, Json]) -> dict[str, Variable]:
    return {name: replace(declared[name], default=value) for name, value in given.items() if name in declared}
