from engine.call.rehearsal.gate import gated
from engine.flow.loader import Loaded, load
from tests.flow.rehearsal.scripts import FLOW, PROJECT, PROMPTS

FAILS = "flow: main\ncases:\n  - name: is it open?\n    expect: {end: hangup}\n"
PASSES = FAILS.replace("end: hangup", "end: waiting")
TESTS = "ivr_flows/main.test.yaml"


def loaded(gate: str) -> Loaded:
    found = load(
        {
            "ivr_flows/main.flow.yaml": FLOW,
            "ivr_flows/project.yaml": PROJECT.replace("[en, fr]", "[en]") + gate,
            "ivr_flows/prompts/en.yaml": PROMPTS,
        }
    )
    assert found.bundle is not None, [str(finding) for finding in found.findings]
    return found


def test_failing_tests_keep_flows_out_where_the_project_wants_it() -> None:
    refused = gated(loaded("tests: gate\n"), {TESTS: FAILS})
    assert refused.bundle is None
    (finding,) = [finding for finding in refused.findings if finding.rule == "test-failed"]
    assert (finding.place.file, finding.place.line) == (TESTS, 4)
    assert "is it open?: end: expected hangup, got waiting" in finding.message


def test_passing_tests_let_them_in() -> None:
    assert gated(loaded("tests: gate\n"), {TESTS: PASSES}).bundle is not None
    assert gated(loaded("tests: gate\n"), {}).bundle is not None


def test_tests_that_cannot_be_read_keep_them_out_too() -> None:
    refused = gated(loaded("tests: gate\n"), {TESTS: "flow: ["})
    assert refused.bundle is None
    assert "yaml-syntax" in {finding.rule for finding in refused.findings}


def test_without_the_gate_nobody_looks() -> None:
    assert gated(loaded(""), {TESTS: FAILS}).bundle is not None
    broken = Loaded(None, ())
    assert gated(broken, {TESTS: FAILS}) is broken
