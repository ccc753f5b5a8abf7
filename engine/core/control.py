"""Control of calls from outside: the orders anybody with the right to may give, and who carries them out.

An order is performed at most once, and never after the time its giver waits for it. What becomes of the call is told by
its CallEvents; the answer only says that the order was taken up and is written down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.core.ids import CallId
from engine.core.signals import Json

RING_TIME = 30.0
"""Seconds a phone rings when an order does not say."""
LONGEST_RING = 120.0


@dataclass(frozen=True, slots=True)
class DialOrder:
    """Ring somebody, and serve who answers by a flow.

    `to` is a number, `gateway/NAME/NUMBER`, `user/NAME` or `sip:NAME@HOST`; `caller` and `caller_name` are what the
    phone shows. `ring_time` and `max_duration` (0: as long as the installation allows) are seconds. `tenant` is whose
    order it is; None is the operator, who may use every flow. An empty `switch` is the one with the fewest calls.
    However often orders with the same text in `once` are given, they place one call.
    """

    to: str
    flow: str
    tenant: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    caller: str = ""
    caller_name: str = ""
    ring_time: float = RING_TIME
    max_duration: float = 0.0
    switch: str = ""
    once: str = ""


@dataclass(frozen=True, slots=True)
class HangUpOrder:
    """End a call, whatever it is doing. `reason` comes back in its `call.ended`."""

    call: CallId
    tenant: str | None = None
    cause: str = "NORMAL_CLEARING"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FlowOrder:
    """Send a live call into another flow: what it is doing is undone, other parties are released."""

    call: CallId
    flow: str
    tenant: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReloadOrder:
    """Read the flows again, in every engine."""

    tenant: str | None = None


Order = DialOrder | HangUpOrder | FlowOrder | ReloadOrder


@dataclass(frozen=True, slots=True)
class CallPlaced:
    """The call exists and its phone is about to ring."""

    call: CallId
    switch: str


@dataclass(frozen=True, slots=True)
class OrderTaken:
    """The call has the order."""

    call: CallId


@dataclass(frozen=True, slots=True)
class FlowsReloaded:
    """The version of the flows new calls get now. `problems` is why it is not the newest, one line each."""

    bundle: str
    changed: bool
    problems: tuple[str, ...] = ()


Receipt = CallPlaced | OrderTaken | FlowsReloaded
"""What the giver of an order gets back."""


class Control(Protocol):
    """Who carries orders out. Every method raises ControlError, whose `fault` says why nothing was done."""

    def dial(self, order: DialOrder) -> CallPlaced:
        """Place a call."""

    def hang_up(self, order: HangUpOrder) -> OrderTaken:
        """End a call."""

    def send(self, order: FlowOrder) -> OrderTaken:
        """Send a call into another flow."""

    def reload(self, order: ReloadOrder) -> FlowsReloaded:
        """Have the flows read again."""
