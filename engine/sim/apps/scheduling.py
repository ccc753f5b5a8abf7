"""Applications that plan something for later: sched_hangup, sched_transfer, sched_cancel."""

from __future__ import annotations

from engine.sim.api.scheduling import plan_hangup, plan_transfer
from engine.sim.registry import application
from engine.sim.session import Session


@application("sched_hangup")
def sched_hangup(session: Session, argument: str) -> None:
    """`[+]seconds [cause]`: hang up later."""
    plan_hangup(session.core, session, argument.split())


@application("sched_transfer")
def sched_transfer(session: Session, argument: str) -> None:
    """`[+]seconds destination [dialplan] [context]`: send the call elsewhere later."""
    plan_transfer(session.core, session, argument.split())


@application("sched_cancel")
def sched_cancel(session: Session, argument: str) -> None:
    """Call off one plan by number, or all of the channel's."""
    if argument.strip().isdigit():
        session.core.schedule.cancel(int(argument))
    else:
        session.core.schedule.cancel_group(argument.strip() or session.uuid)
