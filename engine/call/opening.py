"""A call begins: a caller arrives and the dial plan decides the flow, or somebody is rung for a flow that is known."""

from collections.abc import Mapping
from math import ceil

from engine.call.desk import Desk
from engine.call.leg import Leg
from engine.core.effects import Dial, GatewayNumber, TakeLeg
from engine.core.signals import DialRequested, LegArrived
from engine.flow.bundle import Bundle
from engine.flow.dial_target import written
from engine.flow.facts import CallFacts
from engine.flow.numbers import e164
from engine.flow.runner import Runner

LIMIT_MARGIN = 60
"""Seconds the engine is given to end a call by its limit before the switch does."""


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
            "direction": "inbound", "caller": arrival.caller, "caller_name": arrival.caller_name,
            "called": arrival.called, "switch": arrival.switch, "trunk": arrival.trunk, "flow": route.flow,
            "rule": route.rule,
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
        bundle, facts, desk, route.flow, route.inputs, clock=lambda: desk.at, switches=switches,
        recordings=arrival.recordings,
    )  # fmt: skip
    if arrival.answered and leg.move("answered"):
        leg.answered_at = arrival.at
        runner.answered = True
    return runner


def place_call(desk: Desk, bundle: Bundle, order: DialRequested, switches: Mapping[str, str]) -> Runner:
    """The flows of somebody who is about to be rung, to be begun when the phone is picked up."""
    desk.tenant = bundle.tenant_of(order.flow)
    target = order.target
    trunk, number = (target.gateway, target.number) if isinstance(target, GatewayNumber) else ("", "")
    called = number or written(target)
    desk.tell(
        "call.initiated",
        {
            "direction": "outbound", "caller": order.caller, "caller_name": order.caller_name, "called": called,
            "switch": order.switch, "trunk": trunk, "flow": order.flow, "rule": "",
        },
    )  # fmt: skip
    desk.do(
        Dial(
            order.leg, target, order.ring_time, order.caller, order.caller_name, stays=True,
            limit=ceil(order.max_duration) + LIMIT_MARGIN,
        )
    )  # fmt: skip
    facts = CallFacts(
        call=desk.call, leg=order.leg, caller=order.caller, caller_name=order.caller_name, called=called,
        called_e164=(e164(number, bundle.project.country) or "") if number else "", trunk=trunk, switch=order.switch,
        at=order.at, bundle_id=bundle.id, direction="outbound",
    )  # fmt: skip
    return Runner(
        bundle,
        facts,
        desk,
        order.flow,
        order.inputs,
        clock=lambda: desk.at,
        switches=switches,
        recordings=order.recordings,
    )
