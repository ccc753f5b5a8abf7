import json

import pytest

from engine.core.errors import ControlError
from engine.flow.drawing.tally import calls_tally, coverage_tally, step_count
from tests.flow.playbook import bundle_of

FLOW = """\
flow: main
blocks:
  a:
    - if: true
      then: [{play: x}, {goto: b}]
    - goto: b
  b:
    - hangup:
"""


def main():
    return bundle_of(FLOW).flows["main"]


def test_coverage_is_the_share_of_steps_that_ran():
    flow = main()
    a, b = flow.blocks.values()
    tally = coverage_tally(json.dumps({"main:a:0": 4, "main:a:1": 2, "main:a:2": 2, "main:a:3": 0}))
    assert step_count(a) == 4, "those inside others count"
    assert tally.block_heat(flow, a) == (0.75, "3/4")
    assert tally.block_heat(flow, b) == (0.0, "0/1")
    assert tally.flow_heat(flow) == (0.6, "3/5")
    assert [tally.step_hits(flow, a, number) for number in range(4)] == [4, 2, 2, 0]
    assert tally.step_hits(flow, b, 0) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no JSON"),
        ("[]", "write an object"),
        ('{"main:a": 1}', "'main:a' is not as flow:block:step"),
        ('{"main:a:x": 1}', "not as flow:block:step"),
        ('{"main:a:0": -1}', "has no count"),
        ('{"main:a:0": true}', "has no count"),
        ('{"main:a:0": "many"}', "has no count"),
    ],
)
def test_what_is_no_coverage(text, told):
    with pytest.raises(ControlError, match="the coverage") as raised:
        coverage_tally(text)
    assert told in str(raised.value)


def test_calls_are_counted_by_the_place_they_are_in():
    flow = main()
    a, b = flow.blocks.values()
    places = [{"flow": "main", "block": "a"}] * 3 + [{"flow": "main", "block": "b"}, {"flow": "x", "block": "a"}, None]
    tally = calls_tally(places)
    assert tally.block_heat(flow, a) == (1.0, "3")
    heat, badge = tally.block_heat(flow, b)
    assert (0 < heat < 1, badge) == (True, "1")
    assert tally.flow_heat(flow) == (1.0, "4")
    assert tally.step_hits(flow, a, 0) is None
    assert calls_tally([]).block_heat(flow, a) == (0.0, "")
