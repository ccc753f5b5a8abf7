"""The limits of a flow: steps, time, and visits of a block between two keys of the caller."""

from engine.core.errors import FlowError
from engine.flow.error_handling import LimitError
from engine.flow.frame import Frame


def count_step(frame: Frame, now: float) -> None:
    """Count one step for the flow and those that called it. Raises LimitError `limit.steps`, `limit.duration`."""
    for running in (frame,) if frame.parent is None else frame.stack():
        limits = running.flow.limits
        running.steps += 1
        if running.steps > limits.max_steps:
            raise LimitError("limit.steps", f"{running.flow.name} took more than {limits.max_steps} steps", running)
        if now - running.began > limits.max_duration:
            raise LimitError("limit.duration", f"{running.flow.name} lasted {limits.max_duration:g} s", running)


def count_visit(frame: Frame, block: str) -> None:
    """Count a visit of a block. Raises LimitError `limit.visits`, or FlowError when there is no such block."""
    if block not in frame.flow.blocks:
        raise FlowError("flow.dead_end", f'no block "{block}" in {frame.flow.name}')
    frame.visits[block] = visits = frame.visits.get(block, 0) + 1
    most = frame.flow.limits.max_visits
    if visits > most:
        raise LimitError("limit.visits", f"{block} was visited {most} times without a key pressed", frame)
