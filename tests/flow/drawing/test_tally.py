import json

import pytest

from engine.core.errors import ControlError
from engine.flow.drawing.tally import calls_tally, coverage_tally
from engine.flow.rehearsal.coverage import CoverageMap
from engine.flow.rehearsal.coverage_report import CoverageReport
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
    bundle = bundle_of(FLOW)
    flow = bundle.flows["main"]
    a, b = flow.blocks.values()
    points = CoverageMap.of(bundle, ["main"])
    covered = {point.number for point in points.points if point.label in ("if", "if then", "play")}
    tally = coverage_tally(json.dumps(CoverageReport(points, covered).as_json()))
    assert tally.block_heat(flow, a) == (0.5, "2/4")
    assert tally.block_heat(flow, b) == (0.0, "0/1")
    assert tally.flow_heat(flow) == (0.4, "2/5")
    question = a.steps[0]
    assert [tally.ran(flow, step) for step in (question, a.steps[1])] == [True, False]
    assert [tally.went(flow, question, path) for path in (("then",), ("x",))] == [True, None]
    missed = coverage_tally(json.dumps(CoverageReport(points, set()).as_json()))
    assert missed.went(flow, question, ("then",)) is False


@pytest.mark.parametrize(
    "text", ["{", "{}x", "7", '["a"]', '[{"kind": "step"}]', '[{"kind": "step", "flow": "a", "line": "x"}]']
)
def test_what_is_no_coverage(text):
    with pytest.raises(ControlError, match="the coverage is n"):
        coverage_tally(text)


def test_calls_are_counted_by_the_place_they_are_in():
    flow = main()
    a, b = flow.blocks.values()
    places = [{"flow": "main", "block": "a"}] * 3 + [{"flow": "main", "block": "b"}, {"flow": "x", "block": "a"}, None]
    tally = calls_tally(places)
    assert tally.block_heat(flow, a) == (1.0, "3")
    heat, badge = tally.block_heat(flow, b)
    assert (0 < heat < 1, badge) == (True, "1")
    assert tally.flow_heat(flow) == (1.0, "4")
    assert tally.ran(flow, a.steps[0]) is None
    assert tally.went(flow, a.steps[0], ("then",)) is None
    assert calls_tally([]).block_heat(flow, a) == (0.0, "")
