"""A dialogue written down: one line for each thing that happened, made when somebody wants to read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.call.rehearsal.hearing import words
from engine.core.prompts import Prompt
from engine.core.signals import Json

_SHOWN_EVENTS = ("flow.event", "call.tagged", "call.transferred")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: seconds since the call began, what it is, and how to show it."""

    at: float
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One prompt the caller heard, and the language spoken then."""

    at: float
    prompt: Prompt
    language: str


class Transcript:
    """Everything that happened in one dialogue, in order."""

    __slots__ = ("_began", "_entries", "_lines", "_read", "note")

    def __init__(self, began: float) -> None:
        self._began = began
        self._entries: list[tuple[float, str, Any]] = []
        self.note = self._entries.append
        """Something happened: when (seconds since 1970), what it is, and the thing itself."""
        self._lines: list[Line] = []
        self._read = 0

    @property
    def lines(self) -> list[Line]:
        """All of it, to be read."""
        for at, what, thing in self._entries[self._read :]:
            self._lines.extend(Line(round(at - self._began, 3), *told) for told in _told(what, thing))
        self._read = len(self._entries)
        return self._lines


def _told(what: str, thing: Any) -> Iterator[tuple[str, str]]:
    if what == "event":
        yield from _event(thing.type, thing.fields)
    elif what in ("hear", "whisper"):
        text = words(thing)
        if text:
            yield what, text
    elif what == "http":
        call, reply = thing
        yield what, f"{call.method} {call.url} -> {reply.error or reply.status}"
    else:
        yield what, thing


def _event(kind: str, fields: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    if kind == "flow.step":
        name = f" {fields['name']}" if fields["name"] else ""
        yield "step", f"{fields['flow']}/{fields['block']}: {fields['kind']}{name}"
    elif kind == "flow.error":
        line = f" (line {fields['line']})" if "line" in fields else ""
        yield "error", f"{fields['error']}: {fields['message']}{line}"
    elif kind in _SHOWN_EVENTS:
        yield "event", f"{kind} {dict(fields)}"
