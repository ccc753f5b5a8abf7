"""Watched flows do what the flows do, and note exactly the ways a call takes."""

from typing import Any

import pytest

from engine.call.rehearsal.dialogue import Dialogue
from engine.core.signals import HttpReply
from engine.flow.bundle import Bundle
from engine.flow.kinds import KINDS
from engine.flow.rehearsal.coverage import CoverageMap
from engine.flow.rehearsal.watching import watched
from tests.flow.playbook import NOON, bundle_of, steps_flow
from tests.flow.rehearsal.scripts import SHOP


def ways(bundle: Bundle, *keys: str, **options: Any) -> set[str]:
    """What is noted of a call in which these keys are pressed (an empty text is silence), but for the steps."""
    found, covered = CoverageMap.of(bundle, ["main"]), set[int]()
    plain = Dialogue(bundle, "main", at=NOON, **options)
    call = Dialogue(watched(bundle, found, covered), "main", at=NOON, **options)
    for dialogue in (plain, call):
        dialogue.begin()
        for entry in keys:
            dialogue.press(entry) if entry else dialogue.silence()
    assert call.lines == plain.lines
    assert [event.fields for event in call.events] == [event.fields for event in plain.events]
    return {point.label for point in found.points if point.number in covered and point.kind == "branch"}


def tier(value: int) -> Any:
    return lambda _: HttpReply(200, {"content-type": "application/json"}, f'{{"tier": {value}}}')


@pytest.mark.parametrize(
    ("keys", "options", "taken"),
    [
        ((), {}, set()),
        (("1",), {"answer_http": tier(2)}, {"menu choices 1"}),
        (("1",), {"answer_http": tier(0)}, {"menu choices 1", "play when false"}),
        (("1",), {}, {"menu choices 1", "http on_error any"}),
        (("*",), {}, {"menu choices *"}),
        (("2",), {}, {"menu choices 2"}),
        (("", "", ""), {}, {"menu no_input then"}),
        (("9", "9", "9"), {}, {"menu invalid then"}),
        (("1", ""), {"answer_http": tier(2), "people": ["busy"]}, {"menu choices 1", "transfer failed"}),
        (("1",), {"answer_http": tier(2), "people": ["busy"], "records": False},
         {"menu choices 1", "transfer failed", "record on_error any"}),
    ],
)  # fmt: skip
def test_the_ways_of_a_call(keys: tuple[str, ...], options: dict[str, Any], taken: set[str]) -> None:
    assert ways(SHOP, *keys, **options) == {"hours open (the next step)", *taken}


def test_ways_that_are_left_out() -> None:
    assert ways(bundle_of(steps_flow("- if: 'true'\n- hangup: "))) == {"if then (the next step)"}
    assert ways(bundle_of(steps_flow("- if: 'false'\n- hangup: "))) == {"if else (the next step)"}
    switch = "- switch: {value: '%s', cases: {'1': here, '2': there}}\n- hangup: "
    assert ways(bundle_of(steps_flow(switch % 1))) == {"switch cases 1"}
    assert ways(bundle_of(steps_flow(switch % 3))) == {"switch default (the next step)"}
    assert ways(bundle_of(steps_flow("- switch: {value: '3', cases: {'1': here}, default: there}"))) == {
        "switch default"
    }


def test_the_same_target_twice_is_two_ways() -> None:
    menu = "- menu: {prompt: p, choices: {'1': here, '2': here}, no_input: {then: here}}"
    assert ways(bundle_of(steps_flow(menu)), "2") == {"menu choices 2"}


def test_inline_steps_are_watched_too() -> None:
    bundle = bundle_of(steps_flow("- if: 'true'\n  then: [{if: 'false', then: here, else: there}]"))
    assert ways(bundle) == {"if then", "if else"}


def test_a_watched_step_is_of_its_kind() -> None:
    found = CoverageMap.of(SHOP, ["main"])
    copy = watched(SHOP, found, set())
    assert copy.id == SHOP.id
    for name, block in copy.flows["main"].blocks.items():
        for step, own in zip(block.steps, SHOP.flows["main"].blocks[name].steps, strict=True):
            assert isinstance(step.kind, type(own.kind))
            assert type(step.kind) is not type(own.kind)
            assert KINDS[step.kind.word] is type(own.kind), "the registry knows the kinds alone"
            assert step.place == own.place
    assert copy.flows["apology"].blocks == SHOP.flows["apology"].blocks
