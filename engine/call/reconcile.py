"""Bringing a call in line with its switch after nobody listened for a while.

What the switch shows is turned into the signals that were missed and into the effects that never arrived; both then
take the ordinary way through the machine. Reference: delivery-reliability-security §4.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.call.machine import CallMachine
from engine.core.effects import AnswerLeg, Effect, HangUp, HttpCall, TakeLeg
from engine.core.ids import AskId, LegId
from engine.core.signals import (
    Answered,
    DigitPressed,
    HttpReply,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegFailed,
    LegUnbridged,
    Refused,
    Resumed,
    Signal,
)
from engine.esl.snapshot import Fate, Finished, Unseen

LOST_CAUSE = "NORMAL_UNSPECIFIED"
"""The cause of a leg that ended while nobody listened: the switch no longer knows."""

EARLY = 1.0
"""Seconds a ring may end before its time: FreeSWITCH counts whole seconds of the clock (switch_ivr_originate.c)."""


@dataclass(frozen=True, slots=True)
class LegView:
    """A leg as the switch shows it."""

    answered: bool
    other: LegId | None = None


@dataclass(slots=True)
class Plan:
    """The signals to handle, in order, and the effects to perform again."""

    signals: list[Signal] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


def reconcile(
    machine: CallMachine, legs: Mapping[LegId, LegView | None], fates: Mapping[AskId, Fate], at: float
) -> Plan:
    """What the machine missed. `legs` holds every live leg of the call, None for one the switch no longer has."""
    plan = Plan()
    plan.signals.append(Resumed(at))
    _missed_answers(machine, fates, at, plan)
    caller = LegId(machine.call)
    for leg_id, leg in machine.legs.items():
        if not leg.live or leg_id == caller:
            continue
        _missed_of_leg(machine, leg_id, legs.get(leg_id), at, plan)
    _missed_of_leg(machine, caller, legs.get(caller), at, plan)
    # A leg is taken and answered before anything is played to it again.
    plan.effects.sort(key=lambda effect: not isinstance(effect, TakeLeg | AnswerLeg))
    return plan


def _missed_answers(machine: CallMachine, fates: Mapping[AskId, Fate], at: float, plan: Plan) -> None:
    for number, ask in machine.pending.items():
        if isinstance(ask, HttpCall):
            # The request may or may not have reached its service: one that only reads is sent again.
            if ask.method.upper() in ("GET", "HEAD"):
                plan.effects.append(ask)
            else:
                reply = HttpReply(0, error="http.connect", detail="the engine was restarted during the request")
                plan.signals.append(Answered(at, number, reply))
            continue
        fate = fates.get(number)
        if isinstance(fate, Finished):
            if fate.digit:
                plan.signals.append(DigitPressed(at, ask.leg, fate.digit))
            plan.signals.append(Answered(at, number, fate.answer))
        elif isinstance(fate, Unseen):
            if number in machine.awaited:
                plan.effects.append(ask)
            else:  # it ran beside the step and is over, or its time has passed
                plan.signals.append(Answered(at, number, Refused("it was gone when the engine came back")))


def _missed_of_leg(machine: CallMachine, leg_id: LegId, seen: LegView | None, at: float, plan: Plan) -> None:
    leg = machine.legs.get(leg_id)
    if leg is None or not leg.live:
        return
    if seen is None:
        if leg.dialled and leg.state in ("dialled", "ringing"):
            plan.signals.append(LegFailed(at, leg_id, "NO_ANSWER" if at >= leg.rings_until - EARLY else LOST_CAUSE))
        else:  # we did not end it, unless we had asked for it
            plan.signals.append(LegEnded(at, leg_id, LOST_CAUSE, by_them=machine.phase != "leaving"))
        return
    if seen.answered and leg.state in ("arrived", "dialled", "ringing"):
        plan.signals.append(LegAnswered(at, leg_id))
    is_caller = leg_id == LegId(machine.call)
    if is_caller:
        if not leg.dialled:  # nobody scheduled a treatment for somebody we rang
            plan.effects.append(TakeLeg(leg_id))
        if leg.answer_asked is not None and not seen.answered:
            plan.effects.append(leg.answer_asked)
        if leg.state == "bridged" and seen.other is None:
            plan.signals.append(LegUnbridged(at, leg_id, leg.other or leg_id))
    if seen.other is not None and seen.other in machine.legs:
        if leg.state != "bridged":
            plan.signals.append(LegBridged(at, leg_id, seen.other))
    elif leg.bridge_asked is not None:
        plan.effects.append(leg.bridge_asked)
    if machine.phase == "leaving" and is_caller:
        plan.effects.append(HangUp(leg_id, machine.cause))
