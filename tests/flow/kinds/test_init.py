"""Kinds are found by themselves: every file of the folder, by the word authors write."""

from pkgutil import iter_modules

from engine.flow import kinds
from engine.flow.kind import Kind
from engine.flow.kinds import KINDS


def test_every_file_gives_its_kind() -> None:
    files = {module.name for module in iter_modules(kinds.__path__)}
    assert len(KINDS) >= len(files) == len({kind.__module__ for kind in KINDS.values()})
    for word, kind in KINDS.items():
        assert issubclass(kind, Kind)
        assert kind.word == word


def test_the_words_of_the_language_are_there() -> None:
    words = "answer reject pause play menu collect set if switch goto call return hours http transfer record"
    words += " tag log event hangup"
    assert set(words.split()) <= set(KINDS)
