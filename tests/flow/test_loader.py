from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.loader import is_source, load
from tests.flow.author import FLOW as FILE
from tests.flow.author import loaded, project

ROOT = Path(__file__).parents[2]
SAMPLE = {
    str(path.relative_to(ROOT)): path.read_text()
    for folder in ("ivr_flows", "dialplans")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
    if is_source(str(path.relative_to(ROOT)))
}


def test_the_sample_project_is_clean():
    result = load(SAMPLE)
    assert [str(finding) for finding in result.findings] == []
    assert {"support", "verify_account"} <= set(result.bundle.flows)
    assert result.bundle.dialplan.route("+442079460000").flow == "support"


def test_which_files_are_read():
    assert is_source("ivr_flows/project.yaml")
    assert is_source("ivr_flows/sub/a.flow.yaml")
    assert is_source("ivr_flows/prompts/en.yaml")
    assert is_source("dialplans/main.yaml")
    for path in (
        "ivr_flows/a.yaml",
        "ivr_flows/tests/a.test.yaml",
        "other/a.flow.yaml",
        "dialplans/x/a.yaml",
        "README.md",
    ):
        assert not is_source(path)


def test_a_project_of_nothing_loads():
    assert load({}).bundle is not None
    assert load({}).findings == ()


def test_the_seeded_mistakes_of_an_author_are_all_told_at_their_places():
    text = """\
flow: main
vars:
  pin: {type: digits}
  spare: {}
blocks:
  greet:
    - answer:
    - play: {id: welcme}
    - collect: {prompt: "PIN?", store: pin, no_input: {then: bye}, invalid: {then: bye}}
    - if: vars.pin == 1234
      then: enqeue
    - plai: x
    - if: vars.pin && vars.spare
      then: bye
    - goto: bye
  bye:
    - hangup:
"""
    findings = loaded(project(text, prompts__en="welcome: Hello\n")).findings
    assert [str(finding) for finding in findings if finding.severity == "error"] == [
        f'{FILE}:8:18: error: no prompt "welcme", did you mean "welcome"? [missing-prompt]',
        f"{FILE}:10:11: error: vars.pin is text: compare with '1234' in quotes, or use int(...)"
        " [digits-compared-with-number]",
        f'{FILE}:11:13: error: no block "enqeue" [unknown-target]',
        f'{FILE}:12:7: error: unknown kind "plai", did you mean "play"? [schema]',
        f'{FILE}:13:20: error: cannot read the expression: write "and" instead of "&&" [expr-syntax]',
    ]


def test_two_flows_of_one_name():
    flow = "flow: main\nblocks: {a: [{answer: }, {hangup: }]}\n"
    result = loaded(project(flow, other=flow))
    assert [(finding.rule, finding.place.file) for finding in result.findings] == [
        ("duplicate-flow", "ivr_flows/other.flow.yaml")
    ]


def test_a_flow_in_a_language_the_project_does_not_have():
    result = loaded(project("flow: main\nlanguages: [en, pl]\nblocks: {a: [{answer: }, {hangup: }]}\n"))
    assert [(finding.rule, finding.place.line, finding.place.column) for finding in result.findings] == [
        ("unknown-language", 2, 17)
    ]


def test_defaults_of_the_project_are_held_to_the_kinds():
    flow = "flow: main\nblocks: {a: [{answer: }, {hangup: }]}\n"
    result = loaded(project(flow, project="defaults: {menu: {timeot: 3s}, plai: {}, collect: {timeout: 3}}\n"))
    assert [(finding.place.column, finding.rule) for finding in result.findings] == [
        (19, "schema"),
        (32, "schema"),
        (61, "schema"),
    ]


def test_the_error_flow_exists():
    result = loaded(project(project="error_flow: sory\n"))
    assert [(finding.rule, finding.place.column) for finding in result.findings] == [("unknown-flow", 13)]


def test_a_broken_project_file_does_not_make_everything_else_wrong():
    sources = dict(SAMPLE)
    sources["ivr_flows/project.yaml"] += "colour: blue\n"
    assert [finding.rule for finding in load(sources).findings] == ["schema"]


def test_an_unreadable_flow_is_told_once():
    sources = dict(SAMPLE)
    sources["ivr_flows/account.flow.yaml"] = "flow: verify_account\nblocks: [\n"
    findings = load(sources).findings
    assert ("yaml-syntax", "ivr_flows/account.flow.yaml") in {
        (finding.rule, finding.place.file) for finding in findings
    }


@pytest.mark.parametrize("path", sorted(SAMPLE))
@given(data=st.data())
@settings(max_examples=60)
def test_any_mutation_of_a_good_file_gives_findings_or_a_bundle(path, data):
    text = SAMPLE[path]
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 12))
    added = data.draw(
        st.one_of(
            st.text(max_size=6), st.sampled_from([": ", "- ", "[", "}", "\n", "  ", "${", "'", "&a", "*a", "\t", "!!"])
        )
    )
    result = load({**SAMPLE, path: text[:at] + added + text[at + gone :]})
    assert (result.bundle is None) == any(finding.severity == "error" for finding in result.findings)
    assert all(finding.place.line >= 1 and finding.place.column >= 1 for finding in result.findings)


@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=200)),
    st.sampled_from([*sorted(SAMPLE), "ivr_flows/x.flow.yaml"]),
)
def test_any_text_at_all_gives_findings_or_a_bundle(text, path):
    result = load({**SAMPLE, path: text})
    assert result.bundle is not None or result.findings


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5), st.sampled_from(["${vars.x}", "next", "5s"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "play",
                    "goto",
                    "menu",
                    "if",
                    "set",
                    "http",
                    "prompt",
                    "choices",
                    "then",
                    "id",
                    "when",
                    "1",
                    "store",
                    "with",
                    "on_error",
                    "to",
                ]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


@given(st.lists(values, max_size=4), values)
def test_steps_of_any_shape_give_findings_or_a_bundle(steps, odd):
    import json

    text = json.dumps({"flow": "x", "vars": {"x": {}}, "events": odd, "blocks": {"a": steps, "b": odd}})
    result = load({"ivr_flows/x.flow.yaml": text})
    assert result.bundle is not None or result.findings
