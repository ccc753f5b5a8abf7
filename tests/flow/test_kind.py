import pytest

from engine.flow.fields import Jump
from engine.flow.kind import Kind
from engine.flow.kinds import KINDS
from engine.flow.kinds.menu import Menu
from engine.flow.kinds.play import Play
from engine.flow.kinds.set_ import Set


def test_the_kinds_are_found_by_their_words():
    assert list(KINDS) == sorted(KINDS)
    assert KINDS["play"] is Play


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_is_described_and_consistent(kind):
    assert "```yaml" in kind.__doc__
    assert kind.short is None or kind.short in kind.model_fields
    assert kind.whole is None or kind.whole in kind.model_fields
    assert not (kind.listens and not kind.waits)


def test_shorthands_are_spelled_out():
    assert Play.fields_of("hi") == {"prompt": "hi"}
    assert Play.fields_of(None) == {}
    assert Set.fields_of({"a": 1}) == {"values": {"a": 1}}
    assert Menu.fields_of({"prompt": "x"}) == {"prompt": "x"}
    assert KINDS["answer"].fields_of(True) is True


def test_targets_and_texts_are_found_at_any_depth():
    menu = Menu.model_validate({"prompt": "Hi ${call.caller}", "choices": {"1": "a"}, "no_input": {"then": "b"}})
    assert list(menu.targets()) == [(("no_input", "then"), Jump("b")), (("choices", "1"), Jump("a"))]
    assert [path for path, _ in menu.texts()] == [("prompt", "items", 0, "text")]


def test_a_kind_without_a_run_cannot_run():
    with pytest.raises(NotImplementedError):
        Kind().run(None)
