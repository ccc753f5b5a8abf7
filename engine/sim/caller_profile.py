"""Who calls whom, as the `Caller-` headers of a channel's events tell it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from engine.sim.event import Value

_TIMES = (
    "Profile-Created", "Channel-Created", "Channel-Answered", "Channel-Progress", "Channel-Progress-Media",
    "Channel-Hangup", "Channel-Transfer", "Channel-Resurrect", "Channel-Bridged",
)  # fmt: skip


def now_us() -> int:
    """The time in microseconds since 1970, the unit of FreeSWITCH's time headers."""
    return int(time.time() * 1_000_000)


def clean(text: str) -> str:
    """A text from the wire as a profile keeps it: no control characters but line ends, and `%{` in place of `${`.

    After switch_utils.h: switch_clean_string, switch_var_clean_string.
    """
    return re.sub(r"\$(\\*\{)", r"%\1", re.sub(r"[\x00-\x09\x0b\x0c\x0e-\x1f]", " ", text))


def holds_variable(text: str) -> bool:
    """Whether a text from the wire would expand: FreeSWITCH refuses to make a variable of it."""
    return re.search(r"\$\\*\{", text) is not None


@dataclass(slots=True)
class CallerProfile:
    """The caller's side of a channel; empty texts leave their header out."""

    uuid: str
    direction: str
    channel_name: str
    destination_number: str
    caller_id_name: str = ""
    caller_id_number: str = ""
    callee_id_name: str = ""
    callee_id_number: str = ""
    username: str = ""
    dialplan: str = ""
    ani: str = ""
    network_addr: str = ""
    source: str = "mod_sofia"
    context: str = "public"
    rdnis: str = ""
    transfer_source: str = ""
    logical_direction: str = ""
    orig_caller_id_name: str = ""
    orig_caller_id_number: str = ""
    index: int = 1
    times: dict[str, int] = field(default_factory=dict)
    last_hold: int = 0
    hold_accumulated: int = 0

    def __post_init__(self) -> None:
        self.logical_direction = self.logical_direction or self.direction
        self.orig_caller_id_name = self.orig_caller_id_name or self.caller_id_name
        self.orig_caller_id_number = self.orig_caller_id_number or self.caller_id_number
        now = now_us()
        self.times.setdefault("Profile-Created", now)
        self.times.setdefault("Channel-Created", now)

    def mark(self, name: str) -> None:
        """Note that this happened now, unless it is noted already."""
        self.times.setdefault(name, now_us())

    def value_of(self, name: str) -> str | None:
        """The field a variable name means when no channel variable has that name (switch_caller.c)."""
        if name in _FIELDS:
            return str(getattr(self, name)) or None
        if name == "chan_name":
            return self.channel_name
        return self.uuid if name == "unique_id" else None

    def headers(self, prefix: str, *, without_times: bool = False) -> dict[str, Value]:
        """The headers, each with this prefix (`Caller` or `Other-Leg`)."""
        pairs = [
            ("Direction", self.direction),
            ("Logical-Direction", self.logical_direction),
            ("Username", self.username),
            ("Dialplan", self.dialplan),
            ("Caller-ID-Name", self.caller_id_name),
            ("Caller-ID-Number", self.caller_id_number),
            ("Orig-Caller-ID-Name", self.orig_caller_id_name),
            ("Orig-Caller-ID-Number", self.orig_caller_id_number),
            ("Callee-ID-Name", self.callee_id_name),
            ("Callee-ID-Number", self.callee_id_number),
            ("Network-Addr", self.network_addr),
            ("ANI", self.ani),
            ("Destination-Number", self.destination_number),
            ("Unique-ID", self.uuid),
            ("Source", self.source),
            ("Transfer-Source", self.transfer_source if prefix == "Caller" else ""),
            ("Context", self.context),
            ("RDNIS", self.rdnis),
            ("Channel-Name", self.channel_name),
            ("Profile-Index", str(self.index) if prefix == "Caller" else ""),
        ]
        headers: dict[str, Value] = {f"{prefix}-{name}": value for name, value in pairs if value}
        times = {} if without_times else self.times
        for name in _TIMES:
            headers[f"{prefix}-{name}-Time"] = str(times.get(name, 0))
        headers[f"{prefix}-Channel-Last-Hold"] = str(0 if without_times else self.last_hold)
        headers[f"{prefix}-Channel-Hold-Accum"] = str(0 if without_times else self.hold_accumulated)
        headers[f"{prefix}-Screen-Bit"] = "true"
        headers[f"{prefix}-Privacy-Hide-Name"] = "false"
        headers[f"{prefix}-Privacy-Hide-Number"] = "false"
        return headers


_FIELD_NAMES = (
    "destination_number caller_id_name caller_id_number callee_id_name callee_id_number username dialplan ani "
    "network_addr source context rdnis transfer_source uuid orig_caller_id_name orig_caller_id_number"
)
_FIELDS = frozenset(_FIELD_NAMES.split())
