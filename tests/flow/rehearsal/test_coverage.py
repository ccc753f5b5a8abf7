from engine.flow.rehearsal.coverage import CoverageMap
from tests.flow.playbook import bundle_of, steps_flow
from tests.flow.rehearsal.scripts import SHOP


def test_every_step_and_every_way_out_of_it_has_its_place() -> None:
    points = CoverageMap.of(SHOP, ["main"]).points
    found = {(point.kind, point.label): (point.place.line, point.place.column) for point in points}
    assert found["step", "answer"] == (9, 7)
    assert found["branch", "menu choices 1"] == (17, 19)
    assert found["branch", "menu no_input then"] == (18, 42)
    assert found["branch", "http on_error any"] == (22, 18)
    assert found["branch", "play when false"] == (24, 7)
    assert found["branch", "hours open (the next step)"] == (12, 7)
    assert ("branch", "goto target") not in found, "one way is no branch"
    assert [point.number for point in points] == list(range(len(points)))


def test_prompts_are_found_in_every_language_of_their_flow() -> None:
    prompts = [point for point in CoverageMap.of(SHOP, ["main"]).points if point.kind == "prompt"]
    ids = ("welcome", "choose", "silent", "your_tier")
    assert {point.label for point in prompts} == {f"{name} in {language}" for name in ids for language in ("en", "fr")}
    places = {point.label: (point.place.file, point.place.line) for point in prompts}
    assert places["silent in en"] == ("ivr_flows/prompts/en.yaml", 3)
    assert places["silent in fr"] == ("ivr_flows/0.flow.yaml", 15), "there are no words, so where it is asked for"


def test_ways_left_out_lead_to_the_next_step() -> None:
    steps = "- if: 'true'\n- switch: {value: '1', cases: {a: here}}\n- if: 'true'\n  then: here\n  else: there"
    labels = [point.label for point in CoverageMap.of(bundle_of(steps_flow(steps)), ["main"]).points]
    assert labels.count("if then (the next step)") == 1
    assert labels.count("if else (the next step)") == 1
    assert "switch default (the next step)" in labels
    assert "if then" in labels


def test_built_in_flows_need_no_tests_of_authors() -> None:
    assert CoverageMap.of(SHOP, ["apology", "nothing"]).points == []
