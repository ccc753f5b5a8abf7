"""A caller becomes a call: the dial plan decides the flow, the world is told, the flow is set up."""

from collections.abc import Mapping

from engine.call.desk import Desk
from engine.call.leg import Leg
from engine.core.effects import TakeLeg
from engine.core.signals import LegArrived
from engine.flow.bundle import Bundle
from engine.flow.facts import CallFacts
from engine.flow.runner import Runner


def open_call(desk: Desk, bundle: Bundle, arrival: LegArrived, switches: Mapping[str, str]) -> Runner:
    """The flows of a caller who has just arrived, not yet begun."""
    leg = desk.legs[arrival.leg] = Leg(arrival.leg, dialled=False)
    route = bundle.dialplan.route(
        called=arrival.called, caller=arrival.caller, trunk=arrival.trunk, at=arrival.at,
        calendars=bundle.calendars, switches=switches,
    )  # fmt: skip
    desk.tenant = bundle.tenant_of(route.flow)
    desk.tell(
        "call.initiated",
        {
            "caller": arrival.caller, "caller_name": arrival.caller_name, "called": arrival.called,
            "switch": arrival.switch, "trunk": arrival.trunk, "flow": route.flow, "rule": route.rule,
        },
    )  # fmt: skip
    if not route.claimed:
        desk.tell("call.unrouted", {"called": arrival.called, "caller": arrival.caller})
    desk.do(TakeLeg(arrival.leg))
    facts = CallFacts(
        call=desk.call, leg=arrival.leg, caller=arrival.caller, caller_name=arrival.caller_name,
        called=arrival.called, called_e164=route.called_e164, trunk=arrival.trunk, switch=arrival.switch,
        at=arrival.at, headers=arrival.headers, bundle_id=bundle.id,
    )  # fmt: skip
    runner = Runner(
        bundle, facts, route.flow, route.inputs, clock=lambda: desk.at, switches=switches,
        recordings=arrival.recordings,
    )  # fmt: skip
    if arrival.answered and leg.move("answered"):
        leg.answered_at = arrival.at
        runner.answered = True
    return runner
