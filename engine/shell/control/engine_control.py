"""Orders carried out on the calls of this engine. Who asks is told at once when something cannot be done."""

import time
from collections.abc import Callable, Mapping
from uuid import uuid4

import redis
import structlog

from engine.call.dialling import DiallingRules
from engine.call.opening import LIMIT_MARGIN
from engine.core.control import (
    CallPlaced,
    DialOrder,
    FlowOrder,
    FlowsReloaded,
    HangUpOrder,
    OrderTaken,
    ReloadOrder,
)
from engine.core.errors import ControlError, FlowError, StoreError, UnsafeTextError
from engine.core.ids import CallId, LegId
from engine.core.signals import DialRequested, FlowRequested, HangupRequested, Json, Signal
from engine.esl.causes import checked_cause
from engine.esl.dialstring import endpoint
from engine.flow.bundle import Bundle
from engine.flow.document import Flow
from engine.flow.frame import open_frame
from engine.shell.calls import Calls
from engine.shell.control.dial_limits import DialLimits
from engine.shell.live_call import LiveCall
from engine.shell.switch import Switch

log = structlog.get_logger("control")

PATIENCE = 4.0
"""Seconds a call is given to take up an order: its turn waits for Redis, and Redis may be slow."""
LONGEST_REASON = 200


class EngineControl:
    """The `Control` of one engine. `bundle` gives the newest flows, `reload` reads them again."""

    def __init__(
        self, calls: Calls, switches: Mapping[str, Switch], *, bundle: Callable[[], Bundle], rules: DiallingRules,
        limits: DialLimits, reload: Callable[[], FlowsReloaded],
    ) -> None:  # fmt: skip
        self._calls = calls
        self._switches = switches
        self._bundle = bundle
        self._rules = rules
        self._limits = limits
        self._reload = reload

    def dial(self, order: DialOrder, call: CallId | None = None) -> CallPlaced:
        """Place a call, under a new id or the one given. Raises ControlError, or StoreError while Redis is away."""
        call = call or CallId(str(uuid4()))
        if (placed := self._calls.get(call)) is not None:
            return CallPlaced(call, placed.switch.name)
        bundle = self._bundle()
        flow = _flow(bundle, order.flow, order.tenant)
        _check_inputs(flow, order.inputs)
        dialling = self._rules.check(order, bundle.project.gateways)
        switch = self._switch(order.switch)
        try:
            endpoint(dialling.target, switch.routes)
        except UnsafeTextError as error:
            raise ControlError(f"to: {error}", "refused_number") from None
        longest = dialling.ring_time + dialling.max_duration + 2 * LIMIT_MARGIN
        try:
            self._limits.reserve(flow.tenant, call, longest)
        except redis.RedisError as error:
            raise StoreError(f"the limits of calls cannot be counted: {error}") from error
        signal = DialRequested(
            time.time(), LegId(call), switch.name, dialling.target, flow.name, dict(order.inputs), dialling.ring_time,
            dialling.max_duration, dialling.caller, dialling.caller_name,
        )  # fmt: skip
        if not self._calls.place(switch, signal, bundle, PATIENCE):
            raise _unanswered(call)
        log.info("call placed by order", call=call, flow=flow.name, tenant=flow.tenant, switch=switch.name)
        return CallPlaced(call, switch.name)

    def hang_up(self, order: HangUpOrder) -> OrderTaken:
        """End a call. Raises ControlError."""
        live = self._live(order.call, order.tenant)
        try:
            cause = checked_cause(order.cause)
        except UnsafeTextError as error:
            raise ControlError(f"cause: {error}") from None
        if len(order.reason) > LONGEST_REASON or not order.reason.isprintable():
            raise ControlError(f"reason: at most {LONGEST_REASON} letters, without control characters")
        return self._given(live, HangupRequested(time.time(), cause, order.reason or "ended by order"))

    def send(self, order: FlowOrder) -> OrderTaken:
        """Send a call into another flow of its version and tenant. Raises ControlError."""
        live = self._live(order.call, order.tenant)
        flow = _flow(live.machine.bundle, order.flow, live.machine.tenant)
        _check_inputs(flow, order.inputs)
        return self._given(live, FlowRequested(time.time(), flow.name, dict(order.inputs)))

    def reload(self, order: ReloadOrder) -> FlowsReloaded:
        """Read the flows again. What is wrong in them is shown to the operator, and to who owns all of them."""
        reloaded = self._reload()
        tenants = {flow.tenant for flow in self._bundle().flows.values()}
        if order.tenant is None or tenants == {order.tenant} or not reloaded.problems:
            return reloaded
        return FlowsReloaded(reloaded.bundle, reloaded.changed, ("the flows have errors; the operator can see them",))

    def _switch(self, name: str) -> Switch:
        if not self._calls.accepting:
            raise ControlError("the engine is stopping", "engine_away")
        switches = [self._switches[name]] if name in self._switches else [] if name else self._switches.values()
        up = [switch for switch in switches if switch.state == "up"]
        if not up:
            raise ControlError(
                f"the switch {name} is not connected" if name else "no switch is connected", "engine_away"
            )
        return min(up, key=self.calls_on)

    def calls_on(self, switch: Switch) -> int:
        """How many calls are on a switch."""
        return sum(live.switch is switch for live in self._calls)

    def _live(self, call: CallId, tenant: str | None) -> LiveCall:
        live = self._calls.get(call)
        if live is None or tenant not in (None, live.machine.tenant):
            raise ControlError("there is no such call", "unknown_call")
        return live

    def _given(self, live: LiveCall, signal: Signal) -> OrderTaken:
        if live.machine.phase not in ("dialling", "flow"):
            raise ControlError("the call is ending", "too_late")
        if not live.deliver(signal, PATIENCE):
            raise _unanswered(live.call)
        return OrderTaken(live.call)


def _flow(bundle: Bundle, name: str, tenant: str | None) -> Flow:
    flow = bundle.flows.get(name)
    if flow is None or tenant not in (None, flow.tenant):
        raise ControlError(f"there is no flow {name[:64]!r}", "unknown_flow")
    return flow


def _check_inputs(flow: Flow, inputs: Mapping[str, Json]) -> None:
    missing = [
        name for name, variable in flow.inputs.items()
        if variable.required and variable.default is None and name not in inputs
    ]  # fmt: skip
    if missing:
        raise ControlError(f"inputs: the flow {flow.name} needs {', '.join(missing)}")
    try:
        open_frame(flow, inputs, 0.0)
    except FlowError as error:
        raise ControlError(f"inputs: {error.message}") from None


def _unanswered(call: CallId) -> ControlError:
    return ControlError(f"the call {call} did not take the order up in time; it may still do so", "unanswered")
