"""What is known about a caller follows from the events alone."""

from typing import Any

from engine.cli.demonstration.acts import cast, sweep
from engine.sim.likeness import likeness


def event(kind: str, /, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "data": fields}


def test_a_caller_is_followed_through_the_call() -> None:
    ann, *_ = cast()
    states = []
    for told in (
        event("call.initiated"), event("call.answered"), event("flow.step", flow="f", block="b", kind="menu"),
        event("call.bridged"), event("recording.started"), event("call.ended", cause="USER_BUSY"),
    ):  # fmt: skip
        ann.tell(told, lambda fields: f"words of {fields['kind']}")
        states.append((ann.state, ann.hears))
    assert states == [
        ("rings", ""),
        ("answered", ""),
        ("answered", "words of menu"),
        ("talks", "the agent"),
        ("is recorded", "(silence: the engine listens)"),
        ("over (USER_BUSY)", ""),
    ]
    assert (ann.place, ann.steps, ann.ended) == ("f / b / menu", ["menu"], True)


def test_the_callers_differ() -> None:
    acts = cast()
    assert len({act.number for act in acts}) == len({act.name for act in acts}) == 3
    acts[0].steps.append("menu")
    assert not acts[1].steps


def test_voices_are_told_apart() -> None:
    assert likeness(sweep(400, 900, 2.0), sweep(400, 900, 2.0)) > 0.99
    assert likeness(sweep(400, 900, 2.0), sweep(1500, 2500, 2.0)) < 0.3
