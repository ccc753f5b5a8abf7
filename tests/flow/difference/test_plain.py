from datetime import date

from engine.flow.difference.plain import LONGEST, comparable, plain, plain_step, shown
from engine.flow.document import Place, StepNode, Variable
from tests.flow.playbook import bundle_of


def step(written):
    return bundle_of(f"flow: main\nblocks:\n  a:\n    - {written}\n").flows["main"].blocks["a"].steps[0]


def test_a_step_without_its_defaults():
    assert plain_step(step("play: Hi")) == {"kind": "play", "fields": {"prompt": "Hi"}}
    assert plain_step(step("play: {prompt: [Hi, {id: b}], times: 2}\n      when: vars.n > 1\n      name: x")) == {
        "kind": "play", "fields": {"prompt": ["Hi", {"id": "b"}], "times": 2}, "name": "x", "when": "vars.n > 1"
    }  # fmt: skip
    assert plain_step(step("set: {n: '${1 + 1}'}"))["fields"] == {"n": "${1 + 1}"}
    assert plain_step(step("collect: {prompt: x, store: n, pattern: '[0-9]+', length: 4}"))["fields"] == {
        "prompt": "x", "store": "n", "pattern": "[0-9]+", "length": {"min": 4, "max": 4}
    }  # fmt: skip


def test_ways_out():
    found = plain_step(step("if: true\n      then: next\n      else: [{goto: a}]\n      on_error: {any: hangup}"))
    assert (found["then"], found["on_error"]) == ("next", {"any": "hangup"})
    assert [type(each) for each in found["else"]] == [StepNode]


def test_how_it_is_written_makes_no_difference():
    short = step('menu: {prompt: x, choices: {"1": [{goto: b}]}}')
    long = step(
        'menu:\n        choices: {"1": [{goto: {target: b}}]}  # a comment\n        prompt: {text: x}\n        tries: 3'
    )
    assert comparable(short) == comparable(long)
    assert comparable(short) != comparable(step('menu: {prompt: x, choices: {"1": [{goto: c}]}}'))


def test_places_do_not_count_and_dates_do():
    one, other = (Variable("n", place=Place("a", line, 1)) for line in (1, 2))
    assert plain(one) == plain(other)
    assert plain({date(2026, 12, 25): frozenset({"b", "a"})}) == {"2026-12-25": ["a", "b"]}


def test_values_on_a_line():
    assert shown({"a": [1, True, None], "b": "x\ny"}) == "{a: [1, true, nothing], b: x y}"
    assert shown(plain_step(step("if: true\n      then: [{play: x}, {goto: b}]"))["then"]) == "[play, goto b]"
    assert len(shown("x" * 500)) == LONGEST
