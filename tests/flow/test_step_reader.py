import pytest

from engine.flow.fields import Inline, Jump
from engine.flow.source_map import SourceMap
from engine.flow.step_reader import StepReader
from engine.flow.yaml_source import read_yaml


def read(text, defaults=None):
    reader = StepReader(defaults or {}, SourceMap())
    steps = reader.steps(read_yaml("f.yaml", text)[0])
    return steps, reader.findings


def one(text, defaults=None):
    steps, findings = read(text, defaults)
    assert findings == []
    return steps[0]


def test_a_step_has_one_kind_and_things_beside_it():
    step = one("- play: hi\n  name: greeting\n  when: vars.x > 1\n  on_error: {prompt.missing: a, any: [{hangup: }]}\n")
    assert step.kind.word == "play"
    assert step.name == "greeting"
    assert step.when.source == "vars.x > 1"
    assert step.on_error["prompt.missing"] == Jump("a")
    assert isinstance(step.on_error["any"], Inline)
    assert (step.place.line, step.place.column) == (1, 3)


def test_shorthands():
    assert one("- answer:").kind.word == "answer"
    assert one("- goto: a").kind.target == Jump("a")
    assert one("- if: vars.x\n  then: a").siblings == {"then": Jump("a")}
    assert one("- hangup:").kind.cause == "NORMAL_CLEARING"
    assert list(one("- set: {a: 1, session.b: 2}").kind.values) == ["a", "session.b"]


def test_steps_within_steps():
    step = one("- if: vars.x\n  then: [{play: a}, {goto: b}]\n  else: [{if: vars.y, then: [{hangup: }]}]\n")
    inner = step.siblings["else"].steps[0]
    assert [found.kind.word for found in step.siblings["then"].steps] == ["play", "goto"]
    assert inner.siblings["then"].steps[0].kind.word == "hangup"
    assert (inner.place.line, inner.place.column) == (3, 11)


def test_defaults_of_the_project_fill_what_is_left_out():
    defaults = {"menu": {"timeout": "9s"}}
    assert one("- menu: {prompt: a, choices: {'1': b}}", defaults).kind.timeout == 9.0
    assert one("- menu: {prompt: a, choices: {'1': b}, timeout: 2s}", defaults).kind.timeout == 2.0


@pytest.mark.parametrize(
    ("text", "line", "column", "told"),
    [
        ("- plai: hi", 1, 3, 'unknown kind "plai", did you mean "play"?'),
        ("- queue: billing", 1, 3, 'unknown kind "queue"'),
        ("- play: hi\n  goto: a", 2, 3, "two kinds in one step, play and goto"),
        ("- play: hi\n  wehn: x", 2, 3, 'unknown key "wehn" beside play, did you mean "when"?'),
        ("- if: x\n  esle: a", 2, 3, 'did you mean "else"?'),
        ("- play: hi\n  then: a", 2, 3, 'unknown key "then" beside play'),
        (
            "- menu:\n    prompt: a\n    choices: {'1': b}\n  timeout: 5s",
            4,
            3,
            '"timeout" belongs under menu; indent it more',
        ),
        ("- answer", 1, 3, 'write "answer:" with a colon'),
        ("- 5", 1, 3, "a step is a map"),
        ("- {}", 1, 3, "needs the key of its kind"),
        ("- {when: x}", 1, 3, "needs the key of its kind"),
        ("- then: a", 1, 3, "needs the key of its kind"),
        ("- play:", 1, 3, '"prompt" is missing in play'),
        ("- answer: true", 1, 11, "answer: write its fields as a map"),
        ("- play: {idd: x}", 1, 10, 'did you mean "id"?'),
        ("- hours: {calendar: a, closed: b, hlidy: c}", 1, 35, 'did you mean "holiday"?'),
        ("- goto: {target: [{plai: a}]}", 1, 20, "unknown kind"),
        ("- menu: {prompt: a, choices: {'1': [{goto: []}, {plai: x}]}}", 1, 50, "unknown kind"),
        ("- menu: {prompt: a, choices: {A: b}}", 1, 31, "write the keys in quotes"),
        ("- goto: 5", 1, 9, "name of a block"),
        ("- goto: a\n  when: '!x'", 2, 10, 'write "not"'),
        ("- goto: a\n  when: []", 2, 9, "write an expression"),
        ("- goto: a\n  on_error: b", 2, 13, "which error goes where"),
        ("- goto: a\n  on_error: {htp.timeout: b}", 2, 14, 'did you mean "http"?'),
        ("- goto: a\n  on_error: {any: 5}", 2, 19, "name of a block"),
        ("- goto: a\n  name: [b]", 2, 9, "a step's name"),
    ],
)
def test_mistakes(text, line, column, told):
    found = read(text)[1]
    assert [(finding.place.line, finding.place.column) for finding in found] == [(line, column)], list(map(str, found))
    assert told in found[0].message


def test_a_step_that_cannot_be_read_does_not_hide_the_others():
    steps, findings = read("- plai: a\n- play: b\n- goto:\n- pley: c\n")
    assert [step.kind.word for step in steps] == ["play"]
    assert [finding.place.line for finding in findings] == [1, 3, 4]
