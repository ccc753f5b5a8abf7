from hypothesis import given
from hypothesis import strategies as st

from engine.flow.difference.steps import steps_differ
from tests.flow.playbook import bundle_of


def steps(*written):
    text = "flow: main\nblocks:\n  a:\n" + "".join(f"    - {each}\n" for each in written)
    return bundle_of(text).flows["main"].blocks["a"].steps


def differences(before, after):
    return list(steps_differ(steps(*before), steps(*after)))


def test_steps_added_and_removed_keep_the_others():
    (added,) = differences(["answer:", "hangup:"], ["answer:", "play: Hi", "hangup:"])
    assert (added.sort, added.what, added.after, added.where) == (
        "added", "play", "{prompt: Hi}", "ivr_flows/0.flow.yaml:5"
    )  # fmt: skip
    (removed,) = differences(["answer:", "play: Hi", "hangup:"], ["answer:", "hangup:"])
    assert (removed.sort, removed.what, removed.before) == ("removed", "play", "{prompt: Hi}")


def test_a_step_of_the_same_kind_is_the_same_step_changed():
    (changed,) = differences(["play: {prompt: Hi, times: 2}"], ["play: {prompt: Ho, barge_in: false}"])
    assert changed.what == "play"
    assert [(part.sort, part.what, part.before, part.after) for part in changed.parts] == [
        ("changed", "prompt", "Hi", "Ho"), ("removed", "times", "2", ""), ("added", "barge_in", "", "false"),
    ]  # fmt: skip


def test_branches():
    before = 'menu: {prompt: x, choices: {"1": a, "2": a, "4": [{play: x}, {goto: a}]}}'
    after = 'menu: {prompt: x, choices: {"1": a, "2": b, "3": a, "4": [{play: y}, {goto: a}]}}'
    (menu,) = differences([before], [after])
    first, third, fourth = menu.parts[0], menu.parts[2], menu.parts[1]
    assert (first.what, first.before, first.after) == ("choices.2", "a", "b")
    assert (third.sort, third.what, third.after) == ("added", "choices.3", "a")
    assert fourth.what == "choices.4"
    assert fourth.parts[0].parts[0].after == "y", "steps in a branch are compared as steps"
    assert len(menu.parts) == 3


def test_what_stands_beside_the_kind():
    (changed,) = differences(["play: Hi\n      when: vars.n"], ["play: Hi\n      name: x\n      on_error: {any: a}"])
    assert sorted((part.sort, part.what) for part in changed.parts) == [
        ("added", "name"), ("added", "on_error"), ("removed", "when"),
    ]  # fmt: skip
    (named,) = differences(["play: Hi\n      name: x"], ["play: Ho\n      name: x"])
    assert named.what == 'play "x"'


KINDS = st.lists(st.sampled_from(["answer:", "play: a", "play: b", "hangup:", "goto: a", "pause: 1s"]), min_size=1)


@given(KINDS, KINDS)
def test_nothing_differs_only_for_the_same(before, after):
    assert bool(differences(before, after)) == (before != after)
