import pytest

from tests.flow.author import FLOW as FILE
from tests.flow.author import assert_clean, assert_found, findings_of, loaded, project

FLOW = """\
flow: main
blocks:
  a:
    - answer:
    - switch: {{value: call.caller, cases: {{x: hangup}}}}  {comment}
    - hangup:
"""


def flow(comment=""):
    return FLOW.format(comment=comment)


def test_a_comment_with_a_reason_suppresses_a_rule_on_its_line():
    assert findings_of("switch-without-default", loaded(project(flow())))
    assert_clean("switch-without-default", flow("# lint: disable=switch-without-default -- only one customer has x"))


def test_a_comment_alone_speaks_for_the_next_line():
    text = flow().replace("    - switch", "    # lint: disable=switch-without-default -- on purpose\n    - switch")
    assert_clean("switch-without-default", text)
    assert_clean("useless-suppression", text)


@pytest.mark.parametrize(
    ("rule", "comment", "told"),
    [
        ("bad-suppression", "§# lint: disable=switch-without-default", "say why"),
        ("bad-suppression", "§# lint: disable= -- because", "name the rule"),
        (
            "bad-suppression",
            "§# lint: disable=swich-without-default -- because",
            'did you mean "switch-without-default"?',
        ),
        ("bad-suppression", "§# lint: disable=schema -- because", "cannot be suppressed"),
        ("useless-suppression", "§# lint: disable=busy-loop -- because", "nothing to suppress here: busy-loop"),
    ],
)
def test_comments_that_are_wrong_themselves(rule, comment, told):
    assert told in assert_found(rule, flow(comment)).message


def test_the_project_sets_severities():
    error = loaded(project(flow(), project="lint: {switch-without-default: error}\n"))
    assert error.bundle is None
    assert findings_of("switch-without-default", error)[0].severity == "error"
    assert_clean("switch-without-default", flow(), project="lint: {switch-without-default: off}\n")


def test_a_firm_rule_stays_an_error():
    broken = flow().replace("cases: {x: hangup}", "cases: {x: nowhere}")
    result = loaded(project(broken, project="lint: {unknown-target: off}\n"))
    assert findings_of("unknown-target", result)[0].severity == "error"


def test_an_unknown_rule_in_the_project():
    found = assert_found("unknown-rule", flow(), project="lint: {§swich-without-default: off}\n")
    assert 'did you mean "switch-without-default"?' in found.message


def test_a_broken_file_is_not_told_that_its_comments_are_useless():
    result = loaded({FILE: "flow: main\nbloks: 1 # lint: disable=busy-loop -- because\n"})
    assert not findings_of("useless-suppression", result)


def test_what_is_suppressed_is_kept_with_its_reason():
    sources = project(flow("# lint: disable=switch-without-default -- only one customer has x"))
    (hidden,) = loaded(sources).suppressed
    assert (hidden.finding.rule, hidden.finding.severity) == ("switch-without-default", "warning")
    assert hidden.finding.place.file == FILE
    assert hidden.reason == "only one customer has x"
    off = {**sources, **project(project="lint: {switch-without-default: off}\n")}
    assert loaded(off).suppressed == ()
    assert loaded(project(flow())).suppressed == ()
