"""A call's record as the pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.api.console import wording

UNKNOWN = "unknown"
DIRECTIONS = {"inbound": "Inbound", "outbound": "Outbound"}


@dataclass(frozen=True, slots=True)
class CallView:
    """One call. Texts are as the caller, the carrier and the author wrote them."""

    id: str
    live: bool
    direction: str
    caller: str
    caller_name: str
    called: str
    flow: str
    flow_now: str
    """The flow it is in, when that is not the one it began with."""
    block: str
    step: str
    """The step's number and its name, if it has one."""
    kind: str
    at: str
    """`file:line` of the step."""
    started_at: str
    answered_at: str
    ended_at: str
    seconds: float
    state: str
    """In a word: `ringing`, `answered`, `talking`; `ended`, `unanswered` or `failed`."""
    outcome: str
    """How it ended, in words; "" while it lives."""

    @property
    def who(self) -> str:
        """The caller's number, or that there is none."""
        return self.caller or UNKNOWN


def call_view(record: Mapping[str, Any], now: float) -> CallView:
    """A record as the API gives it, ready for a page, at Unix time `now`."""
    place: Mapping[str, Any] = record.get("place") or {}
    flow = _text(record, "flow")
    flow_now = _text(place, "flow")
    live = record.get("state") == "live"
    file, line = _text(place, "file"), place.get("line") or 0
    duration = record.get("duration_ms")
    known = isinstance(duration, int | float) and not live
    return CallView(
        id=_text(record, "id"),
        live=live,
        direction=DIRECTIONS.get(_text(record, "direction"), _text(record, "direction")),
        caller=_text(record, "caller"),
        caller_name=_text(record, "caller_name"),
        called=_text(record, "called"),
        flow=flow,
        flow_now=flow_now if flow_now != flow else "",
        block=_text(place, "block"),
        step=_step(place),
        kind=_text(place, "kind"),
        at=f"{file}:{line}" if file and line else file,
        started_at=_text(record, "started_at"),
        answered_at=_text(record, "answered_at"),
        ended_at=_text(record, "ended_at"),
        seconds=duration / 1000 if known and duration else wording.seconds_since(record.get("started_at"), now),
        state=_state(record),
        outcome="" if live else _outcome(record),
    )


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)


def _step(place: Mapping[str, Any]) -> str:
    """The step as people count, from 1, and its name."""
    number, name = place.get("step"), _text(place, "name")
    position = str(number + 1) if isinstance(number, int) else ""
    return f"{position} ({name})" if position and name else position or name


def _state(record: Mapping[str, Any]) -> str:
    if record.get("state") == "live":
        if record.get("bridged_at"):
            return "talking"
        return "answered" if record.get("answered_at") else "ringing"
    error = record.get("error") or {}
    if error and not error.get("handled_by"):
        return "failed"
    return "ended" if record.get("answered_at") else "unanswered"


_ENDED_BY = {"caller": "The caller hung up", "callee": "The other party hung up", "engine": "Switchboard ended it"}


def _outcome(record: Mapping[str, Any]) -> str:
    by = _text(record, "ended_by")
    words = [_ENDED_BY.get(by, f"Ended by {by}" if by else "Ended")]
    if reason := _text(record, "reason"):
        words.append(reason)
    cause = _text(record, "cause").replace("_", " ").lower()
    if cause and cause != "normal clearing":
        words.append(cause)
    return ", ".join(words)
