"""The record of one call, gathered from its events: what the API shows of it while it lives and afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

import orjson

from engine.webhooks.envelope import timestamp_text

LOST = "the engine lost it"
"""The reason of a call that ended without a word: its engine could not take it over again."""


@dataclass(slots=True)
class CallPlace:
    """The step a call is in, or was in last; `file` and `line` are the author's."""

    flow: str
    file: str = ""
    block: str = ""
    step: int = 0
    kind: str = ""
    name: str = ""
    line: int = 0


@dataclass(slots=True)
class CallRecord:
    """One call. Times are RFC 3339 in UTC; what has not happened is None."""

    id: str
    tenant: str
    state: Literal["live", "ended"] = "live"
    direction: str = "inbound"
    caller: str = ""
    caller_name: str = ""
    called: str = ""
    switch: str = ""
    trunk: str = ""
    rule: str = ""
    flow: str = ""
    """The flow the call began with."""
    bundle: str = ""
    place: CallPlace | None = None
    flows: list[dict[str, str]] = field(default_factory=list)
    """Every flow it was in, in order, with its file."""
    started_at: str = ""
    answered_at: str | None = None
    bridged_at: str | None = None
    ended_at: str | None = None
    duration_ms: int | None = None
    answered_ms: int | None = None
    cause: str = ""
    ended_by: str = ""
    reason: str = ""
    error: dict[str, Any] | None = None
    """The last error of a flow."""
    tags: dict[str, Any] = field(default_factory=dict)
    recordings: list[dict[str, Any]] = field(default_factory=list)
    events: int = 0
    """The number of its last event."""

    @classmethod
    def from_json(cls, text: bytes) -> "CallRecord":
        """A record as it was kept; what a later version added to it is passed over."""
        values = {name: value for name, value in orjson.loads(text).items() if name in _FIELDS}
        if values.get("place") is not None:
            values["place"] = CallPlace(**{name: value for name, value in values["place"].items() if name in _PLACE})
        return cls(**values)

    def json(self) -> bytes:
        """The record as it is kept and shown."""
        return orjson.dumps(self)

    @property
    def began(self) -> float:
        """When it began, in seconds since 1970."""
        return datetime.fromisoformat(self.started_at).timestamp() if self.started_at else 0.0

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in the next event. Raises KeyError, TypeError or ValueError for what is no event of a call."""
        at = timestamp_text(event["at"])
        if not self.started_at:
            self.started_at = at
        self.events = int(event["n"])
        take = _TAKES.get(event["type"])
        if take is not None:
            take(self, event["data"], at)

    def lose(self, at: float) -> None:
        """Nobody will ever say how this call ended."""
        self.state, self.reason, self.ended_by = "ended", LOST, "engine"
        self.ended_at = timestamp_text(at)
        self.duration_ms = max(0, round((at - self.began) * 1000))


def _initiated(record: CallRecord, told: Mapping[str, Any], at: str) -> None:
    record.started_at = at
    for name in ("direction", "caller", "caller_name", "called", "switch", "trunk", "rule", "flow"):
        setattr(record, name, str(told.get(name) or getattr(record, name)))


def _answered(record: CallRecord, told: Mapping[str, Any], at: str) -> None:
    if told.get("leg") == record.id and record.answered_at is None:
        record.answered_at = at


def _bridged(record: CallRecord, _: Mapping[str, Any], at: str) -> None:
    if record.bridged_at is None:
        record.bridged_at = at


def _tagged(record: CallRecord, told: Mapping[str, Any], _: str) -> None:
    record.tags.update(told.get("tags") or {})


def _ended(record: CallRecord, told: Mapping[str, Any], at: str) -> None:
    record.state = "ended"
    record.ended_at = at
    record.cause = str(told.get("cause") or "")
    record.ended_by = str(told.get("ended_by") or "")
    record.reason = str(told.get("reason") or "")
    record.duration_ms = int(told.get("duration_ms") or 0)
    record.answered_ms = int(told.get("answered_ms") or 0)
    record.tags.update(told.get("tags") or {})


def _flow_started(record: CallRecord, told: Mapping[str, Any], _: str) -> None:
    flow, file = str(told["flow"]), str(told.get("file") or "")
    record.flow = record.flow or flow
    record.bundle = str(told.get("bundle") or record.bundle)
    if all(known["flow"] != flow for known in record.flows):
        record.flows.append({"flow": flow, "file": file})
    record.place = CallPlace(flow, file)


def _step(record: CallRecord, told: Mapping[str, Any], _: str) -> None:
    flow = str(told["flow"])
    file = next((known["file"] for known in record.flows if known["flow"] == flow), "")
    record.place = CallPlace(
        flow, file, str(told.get("block") or ""), int(told.get("step") or 0), str(told.get("kind") or ""),
        str(told.get("name") or ""), int(told.get("line") or 0),
    )  # fmt: skip


def _failed(record: CallRecord, told: Mapping[str, Any], at: str) -> None:
    record.error = {**told, "at": at}


def _recording_saved(record: CallRecord, told: Mapping[str, Any], _: str) -> None:
    record.recordings.append({name: told.get(name) for name in ("recording", "path", "duration_ms")})


_TAKES: Mapping[str, Callable[[CallRecord, Mapping[str, Any], str], None]] = {
    "call.initiated": _initiated,
    "call.answered": _answered,
    "call.bridged": _bridged,
    "call.tagged": _tagged,
    "call.ended": _ended,
    "flow.started": _flow_started,
    "flow.step": _step,
    "flow.error": _failed,
    "recording.saved": _recording_saved,
}
_FIELDS = frozenset(each.name for each in fields(CallRecord))
_PLACE = frozenset(each.name for each in fields(CallPlace))
