from engine.flow.document import Place
from engine.flow.finding import Finding, has_errors, in_order


def finding(file, line, column=1, severity="error"):
    return Finding(Place(file, line, column), severity, "some-rule", "it is wrong")


def test_a_finding_reads_like_a_compiler_message():
    assert str(finding("a.yaml", 3, 7)) == "a.yaml:3:7: error: it is wrong [some-rule]"


def test_findings_are_ordered_by_place_and_told_once():
    first, second, third = finding("a", 1), finding("a", 2, 1), finding("b", 1)
    assert in_order([third, second, first, second]) == (first, second, third)


def test_only_errors_keep_a_project_from_loading():
    assert not has_errors([finding("a", 1, severity="warning"), finding("a", 1, severity="info")])
    assert has_errors([finding("a", 1)])
