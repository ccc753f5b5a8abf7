"""A CallEvent as the pages show it: what happened in plain words, what belongs to it, and where it was written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.api.console import wording

Told = Mapping[str, Any]
ARROW = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
EMPTY: tuple[Any, ...] = (None, "", [], {})
_PLACE = frozenset({"flow", "block", "step", "line", "file"})
_LOUD = {
    "flow.error": "bad",
    "recording.failed": "bad",
    "call.unrouted": "warn",
    "endpoint.disabled": "bad",
    "events.lost": "bad",
}
_LEGS = frozenset({"leg", "other"})
"""Ids of lines: of use to programs, noise to people who look at one call."""


@dataclass(frozen=True, slots=True)
class EventView:
    """One event. Texts are as callers and authors wrote them."""

    id: str
    type: str
    family: str
    """The first word of the type, which the colour and the mark follow."""
    tone: str
    """`bad` or `warn` for what somebody should look at, else ""."""
    call: str
    n: int
    at: str
    """RFC 3339."""
    after: float
    """Seconds since the call began."""
    title: str
    """What happened, in plain words."""
    details: tuple[tuple[str, str], ...]
    where: str
    """Block and step."""
    source: str
    """`file:line`, "" where it is not known."""


def event_view(event: Told, began: float | None = None, files: Mapping[str, str] | None = None) -> EventView:
    """An event, of a call that began at Unix time `began`; `files` are the files of its flows by their names."""
    kind = str(event.get("type") or "")
    found = event.get("data")
    told: Told = found if isinstance(found, Mapping) else {}
    at = event.get("timestamp") or event.get("at")
    moment = wording.moment(at)
    title, used = _title(kind, told)
    details = tuple(
        (name.removesuffix("_ms").replace("_", " "), _shown(name, value))
        for name, value in told.items()
        if name not in used and name not in _PLACE and name not in _LEGS and value not in EMPTY
    )
    return EventView(
        id=str(event.get("id") or ""), type=kind, family=kind.partition(".")[0], tone=_LOUD.get(kind, ""),
        call=str(event.get("call") or ""), n=int(event.get("n") or 0), at=wording.exact(at),
        after=moment.timestamp() - began if moment and began is not None else 0.0,
        title=title, details=details, where=_where(told), source=_source(told, files or {}),
    )  # fmt: skip


def _shown(name: str, value: Any) -> str:
    if name.endswith("_ms") and isinstance(value, int | float):
        return wording.duration(value / 1000)
    return wording.written(value)


def _where(told: Told) -> str:
    parts = [str(told[name]) for name in ("flow", "block") if told.get(name)]
    step = told.get("step")
    return ARROW.join([*parts, f"step {step + 1}"] if isinstance(step, int) else parts)


def _source(told: Told, files: Mapping[str, str]) -> str:
    file = str(told.get("file") or files.get(str(told.get("flow") or ""), ""))
    line = told.get("line")
    return f"{file}:{line}" if file and line else file if file and "flow" in told else ""


def _title(kind: str, told: Told) -> tuple[str, frozenset[str]]:
    """The words for an event, and which of its fields they already tell."""
    known = _TITLES.get(kind)
    if known is None:
        words = kind.replace(".", " ").replace("_", " ")
        return words[:1].upper() + words[1:], frozenset()
    fields, say = known
    return say({name: _shown(name, told.get(name)) for name in fields}, told), frozenset(fields)


Say = Callable[[Mapping[str, str], Told], str]


def _fixed(text: str) -> tuple[tuple[str, ...], Say]:
    return (), lambda _fields, _told: text


def _initiated(fields: Mapping[str, str], told: Told) -> str:
    called = fields["called"] if told.get("called") else "an unknown number"
    if told.get("direction") == "outbound":
        return f"Placing a call to {called}"
    caller = fields["caller"] if told.get("caller") else "An unknown caller"
    return f"{caller} called {called}"


def _step(fields: Mapping[str, str], told: Told) -> str:
    name = f" “{fields['name']}”" if told.get("name") else ""
    return f"Step {fields['kind']}{name}"


def _transferred(fields: Mapping[str, str], _: Told) -> str:
    return f"Transfer to {fields['to']}: {fields['result'].replace('_', ' ')}"


def _ended(_: Mapping[str, str], told: Told) -> str:
    by = {"caller": "The caller hung up", "callee": "The other party hung up"}.get(str(told.get("ended_by")))
    return by or "The call was ended by Switchboard"


def _input(fields: Mapping[str, str], told: Told) -> str:
    entered = f": {fields['digits']}" if told.get("digits") else ""
    return f"Input ended, {fields['outcome'].replace('_', ' ')}{entered}"


_TITLES: Mapping[str, tuple[tuple[str, ...], Say]] = {
    "call.initiated": (("caller", "called", "direction", "flow"), _initiated),
    "call.ringing": (("to",), lambda fields, told: f"Ringing {fields['to']}" if told.get("to") else "Ringing"),
    "call.answered": (("direction",), lambda _, __: "Answered"),
    "call.bridged": _fixed("Two parties are talking"),
    "call.held": _fixed("A party put the call on hold"),
    "call.resumed": _fixed("A party came back from hold"),
    "call.transferred": (("to", "result"), _transferred),
    "call.dtmf": (("digit",), lambda fields, _: f"Key {fields['digit']} pressed"),
    "call.tagged": _fixed("The flow noted"),
    "call.recovered": _fixed("Another engine took the call over"),
    "call.unrouted": (
        ("called", "caller"),
        lambda fields, _: f"No rule claims the number {fields['called']}, called by {fields['caller']}",
    ),
    "call.ended": (("ended_by",), _ended),
    "flow.started": (("flow", "bundle"), lambda fields, _: f"Flow {fields['flow']} began"),
    "flow.step": (("kind", "name"), _step),
    "flow.input": (("outcome", "digits"), _input),
    "flow.error": (("error",), lambda fields, _: f"Error {fields['error']}"),
    "flow.finished": (("flow", "result"), lambda fields, _: f"Flow {fields['flow']} finished: {fields['result']}"),
    "flow.event": (("name",), lambda fields, _: f"Event {fields['name']}"),
    "recording.started": (("recording",), lambda fields, _: f"Recording {fields['recording']} began"),
    "recording.saved": (("recording",), lambda fields, _: f"Recording {fields['recording']} was saved"),
    "recording.failed": (("recording",), lambda fields, _: f"Recording {fields['recording']} failed"),
    "events.lost": _fixed("Events were lost: nobody will be told of them"),
    "endpoint.recovered": (("url",), lambda fields, _: f"Endpoint {fields['url']} answers again"),
    "endpoint.disabled": (("url",), lambda fields, _: f"Endpoint {fields['url']} was disabled"),
    "endpoint.test": _fixed("A test delivery was asked for"),
}
