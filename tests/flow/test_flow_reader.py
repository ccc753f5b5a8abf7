import pytest

from engine.flow.flow_reader import read_flow
from engine.flow.source_map import SourceMap
from engine.flow.step_reader import StepReader
from engine.flow.yaml_source import read_yaml


def read(text):
    reader = StepReader({}, SourceMap())
    value, wrong = read_yaml("f.yaml", text)
    assert wrong == []
    return read_flow(value, "f.yaml", reader, ("en", "fr")), reader.findings


def test_everything_a_flow_can_hold():
    flow, findings = read(
        """\
flow: main
schema: 1
description: The main line
tenant: acme
languages: [en]
inputs: {attempts: {type: number, default: 3}, who: {}}
outputs: {ok: {type: bool}}
vars: {pin: {type: digits, secret: true, description: The PIN}}
limits: {max_steps: 50, max_duration: 10m, max_visits: 5}
events: {hangup: b, error: b, timeout: b, keys: {"0": b}}
start: b
blocks:
  a: [{answer: }]
  b: {hangup: }
"""
    )
    assert findings == []
    assert (flow.name, flow.start, flow.languages, flow.description) == ("main", "b", ("en",), "The main line")
    assert flow.tenant == "acme"
    assert (flow.limits.max_steps, flow.limits.max_duration, flow.limits.max_visits) == (50, 600.0, 5)
    assert (flow.events.hangup, flow.events.error, flow.events.timeout, flow.events.keys) == ("b", "b", "b", {"0": "b"})
    assert (flow.inputs["attempts"].required, flow.inputs["who"].required, flow.inputs["who"].type) == (
        False,
        True,
        "string",
    )
    assert flow.vars["pin"].secret
    assert [step.kind.word for step in flow.blocks["b"].steps] == ["hangup"]
    assert (flow.place.line, flow.place.column) == (1, 7)
    assert flow.blocks["a"].place.line == 13


def test_what_may_be_left_out():
    flow, findings = read("flow: main\nblocks:\n  first: [{hangup: }]\n  second: [{hangup: }]\n")
    assert findings == []
    assert flow.start == "first"
    assert flow.languages == ("en", "fr")


@pytest.mark.parametrize(
    ("text", "line", "column", "rule", "told"),
    [
        ("[1]", 1, 1, "schema", "flow: NAME"),
        ("flow: main", 1, 1, "schema", '"blocks" is missing in the flow'),
        ("blocks: {a: [{hangup: }]}", 1, 1, "schema", '"flow" is missing in the flow'),
        ("flow: a b\nblocks: {a: [{hangup: }]}", 1, 7, "schema", "a name of letters"),
        ("flow: a\nstrat: a\nblocks: {a: [{hangup: }]}", 2, 1, "schema", 'did you mean "start"?'),
        ("flow: a\nschema: 2\nblocks: {a: [{hangup: }]}", 2, 9, "schema-version", "schema 1"),
        ("flow: a\nblocks: {return: [{hangup: }]}", 2, 10, "reserved-name", "word of the language"),
        ("flow: a\nblocks: {a b: [{hangup: }]}", 2, 10, "schema", "letters, digits"),
        ("flow: a\nblocks: {a: []}", 2, 10, "schema", "needs a list of steps"),
        ("flow: a\nblocks: {a: goto}", 2, 10, "schema", "needs a list of steps"),
        ("flow: a\nblocks: {}", 2, 9, "schema", "at least 1"),
        ("flow: a\nlimits: {max_duration: 10}\nblocks: {a: [{hangup: }]}", 2, 24, "schema", "with its unit"),
        ("flow: a\nevents: {keys: {A: a}}\nblocks: {a: [{hangup: }]}", 2, 17, "bad-choice-key", "in quotes"),
        ("flow: a\nvars: {a.b: {}}\nblocks: {a: [{hangup: }]}", 2, 8, "schema", "a name of letters"),
    ],
)
def test_mistakes(text, line, column, rule, told):
    found = read(text)[1]
    assert [(finding.place.line, finding.place.column, finding.rule) for finding in found] == [(line, column, rule)]
    assert told in found[0].message


def test_the_steps_of_a_flow_with_a_wrong_head_are_read_too():
    flow, findings = read("flow: a b\nblocks: {a: [{plai: }]}")
    assert flow is None
    assert [finding.place.line for finding in findings] == [1, 2]
