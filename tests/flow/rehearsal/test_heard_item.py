import pytest

from engine.flow.document import Place
from engine.flow.prompt import PromptTable, PromptText
from engine.flow.rehearsal.heard_item import prompt_ids, read_item
from engine.flow.template import Template

HERE = Place("f", 1, 1)
IDS = frozenset({"welcome", "main_menu", "goodbye", "number 5"})


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("welcome", "prompt"),
        ("number 5", "prompt"),
        ("number 6", "say"),
        ("digits 12", "say"),
        ("Welcome to us", "words"),
        ("7", "words"),
        ("/you have [0-9]+/", "pattern"),
        ("/", "words"),
        ("//", "words"),
    ],
)
def test_kinds_of_items(source: str, kind: str) -> None:
    item, wrong = read_item(source, HERE, IDS)
    assert wrong == ""
    assert item is not None
    assert item.kind == kind


def test_parts_of_items() -> None:
    said, _ = read_item("digits  12 3", HERE, IDS)
    assert said is not None
    assert (said.how, said.value) == ("digits", "12 3")
    pattern, _ = read_item("/a+/", HERE, IDS)
    assert pattern is not None
    assert pattern.pattern is not None
    assert pattern.pattern.found_in("xaax")


@pytest.mark.parametrize(
    ("source", "told"),
    [("welcom", 'did you mean "welcome"?'), ("no_such_thing", 'no prompt "no_such_thing"'), ("/a(/", "cannot read")],
)
def test_what_looks_like_an_id_and_is_none(source: str, told: str) -> None:
    item, wrong = read_item(source, HERE, IDS)
    assert item is None
    assert told in wrong


def test_nothing_is_known_of_a_broken_project() -> None:
    item, _ = read_item("no_such_thing", HERE, None)
    assert item is not None
    assert item.kind == "words"


def test_ids_are_those_of_words_and_of_recordings() -> None:
    words = {"en": {"a": PromptText(Template.compile("x"))}}
    assert prompt_ids(PromptTable(words, frozenset({"fr/b.wav", "c.wav"}))) >= {"a", "b", "c", "fr/b"}
