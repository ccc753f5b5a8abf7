"""What is known of a call before any flow runs, and how its flow ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from engine.core.ids import CallId, LegId
from engine.core.signals import Json
from engine.flow.expression_time import iso_time


@dataclass(slots=True)
class CallFacts:
    """One call before its flow. `at` is when it began, in seconds since 1970; `headers` by lower-case name.

    Of an outbound call `called` is who is served by the flow, and `caller` what that phone showed.
    """

    call: CallId
    leg: LegId
    caller: str = ""
    called: str = ""
    caller_name: str = ""
    called_e164: str = ""
    trunk: str = ""
    switch: str = ""
    at: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    bundle_id: str = ""
    direction: Literal["inbound", "outbound"] = "inbound"

    def as_map(self, timezone: str) -> dict[str, Json]:
        """What expressions know as `call`."""
        return {
            "uuid": self.call,
            "caller": self.caller,
            "caller_name": self.caller_name,
            "called": self.called,
            "called_e164": self.called_e164,
            "trunk": self.trunk,
            "switch": self.switch,
            "direction": self.direction,
            "at": iso_time(self.at, ZoneInfo(timezone or "UTC")),
            "headers": dict(self.headers),
            "bundle": self.bundle_id,
        }


@dataclass(slots=True)
class FlowResult:
    """How the flow of a call ended, and the cause to hang up with; `sip` is a status to refuse with, 0 for none."""

    how: Literal["hangup", "finished", "transferred", "caller_hangup", "error"]
    cause: str = "NORMAL_CLEARING"
    sip: int = 0
