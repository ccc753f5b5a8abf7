"""Judging a dialogue: whether everything is as a test expects, and what is so instead."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.hearing import target_text
from engine.call.rehearsal.listening import Listener, shown
from engine.call.rehearsal.verdict import Failure
from engine.core.effects import HttpCall
from engine.core.signals import Json
from engine.flow.project import Service
from engine.flow.rehearsal.request_key import read_request, request_name
from engine.flow.rehearsal.script import EventWanted, Expectation, Item, RequestWanted

_NOTHING = object()


def endings(dialogue: Dialogue) -> list[str]:
    """The words a test may have for how a call stands: the first is the most telling."""
    found = []
    talk = dialogue.last_talk
    if talk is not None:
        found.append(f"transfer {target_text(talk)}")
    blind = [event for event in dialogue.events if event.type == "call.transferred"][-1:]
    if blind and blind[0].fields["result"] == "blind":
        found.append(f"transfer {blind[0].fields['to']}")
    result = dialogue.result
    if result is None:
        return found or ["waiting"]
    if result.how == "finished":
        found.append("return")
    if result.how in ("caller_hangup", "error"):
        found.append(result.how)
    if result.how != "caller_hangup":
        found += ["hangup", f"hangup {result.cause}"]
    return found


@dataclass(slots=True)
class Judge:
    """Judges one dialogue of a flow. `ends` and `seconds` are from before the hang-up that ends every test."""

    dialogue: Dialogue
    flow: str
    listener: Listener
    services: Mapping[str, Service]
    ends: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def failures(self, expectations: Sequence[Expectation]) -> Iterator[Failure]:
        """What is not as it must be."""
        events = 0
        for expectation in expectations:
            wanted = expectation.wanted
            match expectation.about:
                case "events":
                    assert isinstance(wanted, EventWanted)
                    found = self._event(wanted, events)
                    if found is None:
                        told = [event.type for event in self.dialogue.events[events:]]
                        yield self._failure(expectation, _event_text(wanted), shown(list(dict.fromkeys(told))))
                    else:
                        events = found + 1
                case "vars" | "session" | "outputs" | "tags":
                    yield from self._value(expectation)
                case _:
                    got = self._other(expectation)
                    if got is not None:
                        yield self._failure(expectation, _text(wanted), got)

    def _failure(self, expectation: Expectation, expected: str, got: str) -> Failure:
        what = f"{expectation.about}.{expectation.key}" if expectation.key else expectation.about
        return Failure(expectation.place, what, expected, got)

    # Values

    def _value(self, expectation: Expectation) -> Iterator[Failure]:
        values = self._values(expectation.about)
        if values is None:
            yield self._failure(expectation, _text(expectation.wanted), f"the flow {self.flow} is not being run")
            return
        got = values.get(expectation.key, _NOTHING)
        if got is _NOTHING:
            yield self._failure(expectation, _text(expectation.wanted), "nothing of this name")
        elif not holds(got, expectation.wanted):
            yield self._failure(expectation, _text(expectation.wanted), _text(got))

    def _values(self, about: str) -> Mapping[str, Json] | None:
        runner = self.dialogue.runner
        if about == "session":
            return runner.session
        if about == "tags":
            return runner.tags
        frame = runner.frame_of(self.flow)
        if frame is None:
            return None
        return frame.vars if about == "vars" else frame.outputs

    # Everything else: what is so instead, or None when it is as it must be

    def _other(self, expectation: Expectation) -> str | None:
        wanted: Any = expectation.wanted
        match expectation.about:
            case "end":
                return None if wanted in self.ends else self._end_text()
            case "language":
                language = self.dialogue.runner.language
                return None if wanted == language else language
            case "heard":
                return None if self.listener.ever(wanted) else "it was not heard"
            case "not_heard":
                return "it was heard" if self.listener.ever(wanted) else None
            case "requests":
                return self._requests(wanted)
            case "visited":
                return None if wanted in self._visited() else "the call did not come there"
            case "not_visited":
                return "the call came there" if wanted in self._visited() else None
            case "errors":
                errors = [str(event.fields["error"]) for event in self.dialogue.events if event.type == "flow.error"]
                return None if errors == wanted else ", ".join(errors) or "no error"
            case _:
                return None if self.seconds <= wanted else f"{self.seconds:.1f}"

    def _end_text(self) -> str:
        text = " or ".join(self.ends)
        position = self.dialogue.runner.position
        if self.ends == ["waiting"] and position is not None:
            return f"{text} ({position.kind} in {position.flow}/{position.block}, line {position.line})"
        return text

    def _visited(self) -> set[str]:
        found: set[str] = set()
        for event in self.dialogue.events:
            if event.type == "flow.step":
                flow, block, name = (str(event.fields[key]) for key in ("flow", "block", "name"))
                found |= {f"{flow}/{block}", *({f"{flow}/{name}"} if name else ())}
                if flow == self.flow:
                    found |= {block, *({name} if name else ())}
        return found

    def _requests(self, wanted: Sequence[RequestWanted]) -> str | None:
        made = self.dialogue.requests
        if not wanted:
            return self._made(made) if made else None
        at = 0
        for one in wanted:
            key, _ = read_request(one.key, self.services)
            while at < len(made) and not (
                key is not None and key.matches(made[at].method, made[at].url) and _sends(made[at], one)
            ):
                at += 1
            if at == len(made):
                return self._made(made, bodies=one.looks) if made else "no request"
            at += 1
        return None

    def _made(self, made: Sequence[HttpCall], *, bodies: bool = False) -> str:
        names = [request_name(call.method, call.url, self.services) for call in made]
        if not bodies:
            return ", ".join(names)
        return ", ".join(f"{name} {call.body}" for name, call in zip(names, made, strict=True))[:400]

    def _event(self, wanted: EventWanted, start: int) -> int | None:
        events = self.dialogue.events
        for index in range(start, len(events)):
            if events[index].type == wanted.type and holds(dict(events[index].fields), dict(wanted.fields)):
                return index
        return None


def holds(got: Any, wanted: Any) -> bool:
    """Whether a value is the one wanted; of a map everything that is named must be so. Texts are never numbers."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(key in got and holds(got[key], part) for key, part in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(got, list)
            and len(got) == len(wanted)
            and all(holds(one, part) for one, part in zip(got, wanted, strict=True))
        )
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    return bool(got == wanted)


def _sends(call: HttpCall, wanted: RequestWanted) -> bool:
    if not wanted.looks:
        return True
    try:
        return holds(json.loads(call.body), wanted.json)
    except ValueError:
        return False


def _event_text(wanted: EventWanted) -> str:
    return f"{wanted.type} {_text(dict(wanted.fields))}" if wanted.fields else wanted.type


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value if value else '""'
    if isinstance(value, Item):
        return value.source
    if isinstance(value, tuple):
        return ", ".join(f"{one.key} {_text(one.json)}" if one.looks else one.key for one in value) or "no request"
    return json.dumps(value, ensure_ascii=False, default=str)
