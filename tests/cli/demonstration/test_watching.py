"""What is shown while the calls are up."""

from typing import Any

import pytest

from engine.cli.demonstration.watching import BARS, meter, spoken_in_step
from engine.flow.bundle import Bundle
from engine.flow.loader import load


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    loaded = load(
        {
            "ivr_flows/project.yaml": "name: t\nlanguages: [en]\ncountry: GB\n",
            "ivr_flows/prompts/en.yaml": "welcome: Welcome\nchoose: Press 1.\n",
            "ivr_flows/f.flow.yaml": (
                "flow: f\nstart: a\nblocks:\n  a:\n    - answer:\n    - play: [{id: welcome}, {text: friend}]\n"
                "    - play: ${call.caller}\n    - menu: {prompt: {id: choose}, choices: {'1': b}, no_input: {then: b},"
                " invalid: {then: b}}\n  b:\n    - hangup:\n"
            ),
        }
    )
    assert loaded.bundle is not None, [str(finding) for finding in loaded.findings]
    return loaded.bundle


@pytest.mark.parametrize(
    ("step", "words"),
    [(0, ""), (1, "Welcome friend"), (2, "(words that this call completes)"), (3, "Press 1."), (9, "")],
)
def test_a_step_in_words(bundle: Bundle, step: int, words: str) -> None:
    assert spoken_in_step(bundle, {"flow": "f", "block": "a", "step": step}) == words


@pytest.mark.parametrize(
    "fields", [{}, {"flow": "g", "block": "a", "step": 0}, {"flow": "f", "block": "a", "step": "x"}]
)
def test_an_unknown_step_says_nothing(bundle: Bundle, fields: dict[str, Any]) -> None:
    assert spoken_in_step(bundle, fields) == ""


def test_the_meter_goes_from_nothing_to_full() -> None:
    assert meter(0) == " "
    assert meter(1e9) == BARS[-1]
