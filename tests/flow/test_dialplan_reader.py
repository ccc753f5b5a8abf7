import pytest

from tests.flow.author import assert_clean, assert_found, loaded, project

FLOW = """\
flow: main
inputs: {lang: {}, tries: {type: number, default: 3}}
blocks: {a: [{answer: }, {log: "${inputs.lang} ${inputs.tries}"}, {hangup: }]}
"""
SETTINGS = "country: GB\ncalendars: {office: {weekly: {mon: 08:00-18:00}}}\n"


def plan_of(text):
    result = loaded(project(FLOW, project=SETTINGS, dialplans__main=text))
    assert result.bundle is not None, [str(finding) for finding in result.findings]
    return result.bundle.dialplan


def test_everything_a_rule_can_hold():
    plan = plan_of(
        """\
rules:
  - name: main line
    number: [020 7946 0000, +4420*, 100]
    caller: anonymous
    trunk: carrier
    calendar: office
    state: [closed, holiday]
    flow: main
    with: {lang: en}
unclaimed: main
""".replace("unclaimed: main\n", "")
    )
    rule = plan.rules[0]
    assert rule.name == "main line"
    assert [match.text for match in rule.numbers] == ["+442079460000", "+4420", "100"]
    assert [match.form for match in rule.callers] == ["anonymous"]
    assert (rule.trunks, rule.calendar, rule.states) == (("carrier",), "office", ("closed", "holiday"))
    assert (rule.flow, rule.inputs) == ("main", {"lang": "en"})


def test_a_rule_without_a_name_is_called_by_its_place():
    assert plan_of("rules:\n  - {number: 100, flow: main, with: {lang: en}}\n").rules[0].name == "dialplans/main.yaml:2"


def test_files_are_read_in_the_order_of_their_names():
    rule = "rules: [{name: %s, number: 100, calendar: office, state: %s, flow: main, with: {lang: en}}]\n"
    result = loaded(
        project(FLOW, project=SETTINGS, dialplans__b=rule % ("b", "open"), dialplans__a=rule % ("a", "closed"))
    )
    assert [rule.name for rule in result.bundle.dialplan.rules] == ["a", "b"]


@pytest.mark.parametrize(
    ("rule", "text", "told"),
    [
        ("unknown-flow", "rules: [{flow: §mian}]", 'did you mean "main"?'),
        ("unknown-flow", "unclaimed: §sorry", 'no flow "sorry"'),
        ("unknown-calendar", "rules: [{flow: main, with: {lang: en}, calendar: §offce}]", 'did you mean "office"?'),
        ("unknown-input", "rules: [{flow: main, with: {lang: en, §trys: 3}}]", 'did you mean "tries"?'),
        ("missing-input", "rules: [{flow: §main}]", 'needs the input "lang"'),
        ("input-type", "rules: [{flow: main, with: {lang: en, tries: §many}}]", "tries is a text; the input is number"),
        ("schema", "rules: [{flow: main, with: {lang: en}, §nubmer: 1}]", 'did you mean "number"?'),
        ("schema", "rules: [{flow: main, with: {lang: en}, §state: open}]", "state needs a calendar"),
        ("schema", "rules: [{flow: main, with: {lang: en}, calendar: office, state: §shut}]", "open, closed, holiday"),
        ("schema", "rules: [{flow: main, with: {lang: en}, number: [§anonymous]}]", "only a caller"),
        ("schema", "rules: [{flow: main, with: {lang: en}, number: §''}]", "write a number"),
        ("bad-pattern", "rules: [{flow: main, with: {lang: en}, number: §/(/}]", "is missing"),
        ("schema", "§[]", 'the key "rules"'),
        ("schema", "rules:\n- §{number: 1}", '"flow" is missing'),
        (
            "shadowed-rule",
            "rules:\n- {flow: main, with: {lang: en}}\n- §{flow: main, with: {lang: fr}}",
            "never decides",
        ),
    ],
)
def test_mistakes(rule, text, told):
    assert told in assert_found(rule, FLOW, project=SETTINGS, dialplans__main=text).message


def test_unclaimed_stands_once():
    other = FLOW.replace("flow: main\ninputs: {lang: {}, tries: {type: number, default: 3}}", "flow: other").replace(
        "${inputs.lang} ${inputs.tries}", "x"
    )
    assert_found("schema", other, dialplans__a="unclaimed: other\n", dialplans__b="unclaimed: §other\n")
    assert_clean("schema", other, dialplans__a="unclaimed: other\n", dialplans__b="rules: []\n")


def test_a_flow_that_cannot_be_read_is_not_unknown():
    result = loaded(project("flow: main\nbloks: {}\n", dialplans__main="rules: [{flow: main}]\n"))
    assert [finding.rule for finding in result.findings] == ["schema", "schema"]
