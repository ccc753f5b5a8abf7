"""Calling somebody: legs that ring together or one after another, until one answers (switch_ivr_originate.c)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event as Signal

from engine.sim.dialling import UnreachableError, new_leg
from engine.sim.dialstring import DialLeg, DialStringError, parse_dial_string
from engine.sim.event import Value

if TYPE_CHECKING:
    from engine.sim.core import Core
    from engine.sim.session import Session

_DEFAULT_TIMEOUT = 60.0
_TRUE = ("true", "yes", "on", "1", "t")


@dataclass(frozen=True, slots=True)
class Originated:
    """The leg that answered, or why none did."""

    session: Session | None
    cause: str = "SUCCESS"


def originate(
    core: Core, dial_string: str, *, caller: Session | None = None, timeout: float | None = None
) -> Originated:
    """Call the addresses of a dial string; the first answer wins and ends the others."""
    try:
        plan = parse_dial_string(dial_string)
    except DialStringError:
        return Originated(None, "DESTINATION_OUT_OF_ORDER")
    outcome = Originated(None, "DESTINATION_OUT_OF_ORDER")
    for group in plan.groups:
        if caller is not None and not caller.channel.ready:
            return Originated(None, "ORIGINATOR_CANCEL")
        outcome = _ring(core, group, plan.variables, caller, timeout)
        if outcome.session is not None:
            break
    return outcome


def _ring(
    core: Core,
    group: tuple[DialLeg, ...],
    common: Mapping[str, str],
    caller: Session | None,
    timeout: float | None,
) -> Originated:
    news = Signal()
    legs: list[tuple[Session, float]] = []
    cause = "DESTINATION_OUT_OF_ORDER"
    wanted = _seconds(common.get("originate_timeout")) or timeout or _DEFAULT_TIMEOUT
    for leg in group:
        variables = {**common, **leg.variables}
        try:
            session = new_leg(core, leg.address, variables, caller)
        except UnreachableError as error:
            cause = str(error)
            continue
        own = _seconds(variables.get("leg_timeout")) or wanted
        legs.append((session, core.now() + min(own, wanted)))
        _watch(session, news)
        session.start()
    if caller is not None:
        _watch(caller, news)
    early_counts = common.get("ignore_early_media", "").lower() not in (*_TRUE, "consume", "ring_ready")
    try:
        while legs:
            for session, deadline in list(legs):
                channel = session.channel
                if channel.answered or (early_counts and channel.early_media and channel.up):
                    _drop([other for other, _ in legs if other is not session], "LOSE_RACE")
                    _take(session)
                    return Originated(session)
                if not channel.up:
                    cause = channel.hangup_cause or cause
                    legs.remove((session, deadline))
                elif core.now() >= deadline:
                    cause = "NO_ANSWER"
                    channel.hang_up(cause)
                    legs.remove((session, deadline))
            if caller is not None and not caller.channel.ready:
                _drop([session for session, _ in legs], "ORIGINATOR_CANCEL")
                return Originated(None, "ORIGINATOR_CANCEL")
            if legs:
                news.clear()
                news.wait(max(0.0, min(deadline for _, deadline in legs) - core.now()))
    finally:
        if caller is not None:
            caller.channel.on_change = caller.poke
    return Originated(None, cause)


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdigit() else 0.0


def _watch(session: Session, news: Signal) -> None:
    def changed() -> None:
        session.poke()
        news.set()

    session.channel.on_change = changed


def _drop(sessions: list[Session], cause: str) -> None:
    for session in sessions:
        session.channel.hang_up(cause)


def _take(session: Session) -> None:
    """The winner: from now on its caller is the one who was called."""
    channel = session.channel
    channel.on_change = session.poke
    profile = channel.profile
    if profile is None or not channel.answered:
        return
    channel.set("pre_transfer_caller_id_name", profile.caller_id_name)
    channel.set("pre_transfer_caller_id_number", profile.caller_id_number)
    profile.caller_id_name, profile.callee_id_name = profile.callee_id_name, profile.caller_id_name
    profile.caller_id_number, profile.callee_id_number = profile.callee_id_number, profile.caller_id_number
    profile.logical_direction = "inbound"
    channel.hit_dialplan = True
    channel.set("channel_cid_flipped", "yes")
    first: dict[str, Value] = {"Direction": "RECV"}
    channel.fire("CALL_UPDATE", before=first)
    # Let the others' ends be told before the winner goes on.
    gevent.sleep(0)
