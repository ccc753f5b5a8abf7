"""CallEvents: what the world is told. A public, versioned record with a number that has no gaps within its call."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.ids import CallId
from engine.core.signals import Json

VERSION = 1

EVENT_TYPES: Mapping[str, str] = {
    "call.initiated": "A caller reached the engine, or we place a call. "
    "direction, caller, caller_name, called, switch, trunk, flow, rule.",
    "call.ringing": "A dialled leg rings. leg, to.",
    "call.answered": "A leg was answered. leg, direction (inbound or outbound).",
    "call.bridged": "Two parties hear each other. leg, other.",
    "call.held": "A party put its phone on hold. leg.",
    "call.resumed": "A party came back from hold. leg.",
    "call.transferred": "A transfer ended. to, result (answered, busy, no_answer, rejected, blind...), cause, talk_ms.",
    "call.dtmf": "A key was pressed; never for masked entry. leg, digit.",
    "call.tagged": "A flow set fields of the call record. tags.",
    "call.recovered": "Another engine process took the call over; nothing was lost.",
    "call.unrouted": "No dial plan rule claimed the number. called, caller.",
    "call.ended": "The last word on a call. "
    "cause, ended_by (caller, callee or engine), reason, duration_ms, answered_ms, tags.",
    "flow.started": "A flow began. flow, bundle, file, and parent for one called by another.",
    "flow.step": "A step began. flow, block, step, kind, name, line.",
    "flow.input": "An input step ended. outcome, tries, digits (absent when masked or secret).",
    "flow.error": "A step failed. error, message, flow, block, line, handled_by.",
    "flow.finished": "A flow ended. flow, result.",
    "flow.event": "An event of the author's own. name, fields.",
    "recording.started": "A recording began. recording, path.",
    "recording.saved": "A recording is closed and holds sound. recording, path, duration_ms.",
    "recording.failed": "There is no usable recording. recording, reason.",
    "events.lost": "Events are gone that nobody will be told of; it belongs to no call. "
    "where (outbox or stream), events (how many), first, last, reason.",
}
"""Every type with its meaning and fields; the reference page is made from this."""


@dataclass(slots=True)
class CallEvent:
    """One thing that happened to one call, `n` = 1, 2, 3 ... A replayed call gives the same ids."""

    call: CallId
    n: int
    type: str
    at: float
    tenant: str
    fields: Mapping[str, Json]

    @property
    def id(self) -> str:
        """Unique for ever and the same after a retry or a takeover: `evt_<call>_<n>`."""
        return f"evt_{self.call}_{self.n}"
