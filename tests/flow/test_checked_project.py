from engine.flow.checked_project import prompts_of, steps_of, targets_of, texts_of
from tests.flow.playbook import bundle_of

FLOW = """\
flow: main
blocks:
  a:
    - answer:
    - menu:
        prompt: [{id: hello}, "Hi ${call.caller}"]
        choices: {"1": [{play: a}, {goto: b}]}
        no_input: {prompt: [one, two], then: b}
        invalid: {then: b}
      when: call.caller != ""
      on_error: {any: [{hangup: }]}
  b:
    - hangup:
"""


def menu():
    flow = bundle_of(FLOW, prompts="hello: Hello").flows["main"]
    return flow, flow.blocks["a"].steps[1]


def test_steps_of_inline_lists_are_steps_too():
    flow, _ = menu()
    assert [(block.name, step.kind.word) for block, step in steps_of(flow)] == [
        ("a", "answer"),
        ("a", "menu"),
        ("a", "play"),
        ("a", "goto"),
        ("a", "hangup"),
        ("b", "hangup"),
    ]


def test_targets_under_and_beside_the_kind():
    found = [(path, beside) for path, _, beside in targets_of(menu()[1])]
    assert (("on_error", "any"), True) in found
    assert (("choices", "1"), False) in found
    assert (("no_input", "then"), False) in found


def test_texts_and_their_expressions():
    sources = [expression.source for text in texts_of(menu()[1]) for expression in text.expressions]
    assert sources == ['call.caller != ""', "call.caller"]
    assert next(texts_of(menu()[1])).beside


def test_prompts_at_any_depth():
    paths = [path for path, _ in prompts_of(menu()[1])]
    assert paths == [("prompt",), ("no_input", "prompt", 0), ("no_input", "prompt", 1)]
