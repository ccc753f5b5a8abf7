"""Clearing the way: before a call does something else, its caller hears nothing any more and is alone."""

from engine.call.desk import Desk
from engine.call.lines import Lines
from engine.core.effects import CollectSecret, Play
from engine.core.ids import LegId
from engine.core.steps import LegChange, Step, Wait
from engine.flow.asking import stop_prompt
from engine.flow.facts import FlowResult

RETURN_PATIENCE = 4.0
"""Seconds a caller is given to come back from a talk that is ended."""
RETURN_TRIES = 2
"""Times the other party is told to leave: an engine may have died before the first reached the switch."""
_OVER = ("unbridged", "failed", "ended")


def cleared(desk: Desk, lines: Lines, steps: Step[FlowResult]) -> Step[FlowResult]:
    """Run `steps` once the caller is alone and all sound has stopped; to be begun when the former script was closed.

    What is asked of a caller who is still in a talk would run inside it, and what is played before the last prompt has
    stopped would wait for its end. Keys pressed until then were meant for what is over: they are forgotten.
    """
    caller = desk.legs[desk.caller]
    talks_to = caller.other if caller.state == "bridged" else None
    if talks_to is None and caller.bridge_asked is not None and desk.legs[caller.bridge_asked.other].live:
        talks_to = caller.bridge_asked.other
    heard = [ask for ask in desk.pending.values() if isinstance(ask, Play | CollectSecret) and ask.leg == caller.id]
    for effect in desk.recordings.stopping():
        desk.do(effect)
    for _ in range(RETURN_TRIES):
        lines.end_others()
        if talks_to is None or (yield from _is_over(talks_to)):
            break
    for ask in heard:
        if ask.ask in desk.pending:
            yield from stop_prompt(desk, caller.id, ask.ask)
    desk.flush()
    return (yield from steps)


def _is_over(talks_to: LegId) -> Step[bool]:
    """Wait for the end of a talk; False when it does not come in time."""
    while True:
        happened = yield Wait(RETURN_PATIENCE, legs=(talks_to,))
        if not isinstance(happened, LegChange):
            return False
        if happened.what in _OVER:
            return True
