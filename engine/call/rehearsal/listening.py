"""Listening to a dialogue for what a test expects to be heard: item by item, from where it has listened so far."""

from collections.abc import Iterator

from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.hearing import words
from engine.core.errors import FlowError
from engine.core.prompts import PromptItem, SoundFile, Speech
from engine.flow.prompt import PromptSpec, PromptTable
from engine.flow.rehearsal.script import Item

MOST_SHOWN = 6
"""Of what was heard instead, so many items are told."""

Spot = tuple[int, int]
"""The number of a hearing, and of an item in its prompt."""


class Listener:
    """One pair of ears in a dialogue. What was heard up to `at` is behind it."""

    __slots__ = ("_dialogue", "_prompts", "at")

    def __init__(self, dialogue: Dialogue, prompts: PromptTable) -> None:
        self._dialogue = dialogue
        self._prompts = prompts
        self.at: Spot = (0, 0)

    def finds(self, item: Item) -> bool:
        """Whether it was heard since; then all up to it is behind."""
        found = self._first(item, self.at)
        if found is None:
            return False
        self.at = found[1]
        return True

    def finds_next(self, item: Item) -> bool:
        """Whether it is the next thing heard; tones, music and silence are passed over."""
        start = next((spot for spot, _ in self._items(self.at)), None)
        found = self._first(item, self.at)
        if found is None or start is None or found[0] != start:
            return False
        self.at = found[1]
        return True

    def ever(self, item: Item) -> bool:
        """Whether it was heard at any time."""
        return self._first(item, (0, 0)) is not None

    def rest(self) -> list[str]:
        """What was heard and is not yet behind, in words."""
        return [described(item) for _, item in self._items(self.at)]

    def _items(self, start: Spot) -> Iterator[tuple[Spot, PromptItem]]:
        first, skipped = start
        hearings = self._dialogue.hearings
        for number in range(first, len(hearings)):
            for index, item in enumerate(hearings[number].prompt):
                if (number > first or index >= skipped) and isinstance(item, Speech | SoundFile):
                    yield (number, index), item

    def _first(self, item: Item, start: Spot) -> tuple[Spot, Spot] | None:
        """Where it begins and where it is over, for the first time it was heard from a spot on."""
        hearings = self._dialogue.hearings
        for number in range(start[0], len(hearings)):
            heard = hearings[number]
            begin = start[1] if number == start[0] else 0
            for index in range(begin, len(heard.prompt)):
                length = self._length(item, heard.prompt[index:], heard.language)
                if length:
                    return (number, index), (number, index + length)
            if item.kind in ("words", "pattern") and begin < len(heard.prompt):
                first = next((at for at in range(begin, len(heard.prompt)) if _text(heard.prompt[at])), None)
                if first is not None and _fits(item, words(heard.prompt[begin:])):
                    return (number, first), (number, len(heard.prompt))
        return None

    def _length(self, item: Item, prompt: tuple[PromptItem, ...], language: str) -> int:
        """How many items it takes at the beginning of a prompt, 0 when it is not there."""
        here = prompt[0]
        if item.kind == "prompt":
            return int(isinstance(here, Speech | SoundFile) and here.name == item.source)
        if item.kind == "say":
            said = self._said(item, language)
            return len(said) if said and prompt[: len(said)] == said else 0
        return int(bool(_text(here)) and _fits(item, _text(here)))

    def _said(self, item: Item, language: str) -> tuple[PromptItem, ...]:
        """What a caller hears when a value is said, in a language."""
        try:
            spec = PromptSpec.model_validate([{"say": item.value, "as": item.how}])
            return spec.resolve({}, language, self._prompts)
        except (FlowError, ValueError):
            return ()


def described(item: PromptItem) -> str:
    """An item of a prompt as people know it: by its id, else by its words."""
    return getattr(item, "name", "") or _text(item)


def shown(heard: list[str]) -> str:
    """What was heard instead, in one line."""
    if not heard:
        return "nothing more"
    more = [f"and {len(heard) - MOST_SHOWN} more"] if len(heard) > MOST_SHOWN else []
    return ", ".join(text if len(text) <= 80 else f"{text[:77]}..." for text in heard[:MOST_SHOWN] + more)


def _text(item: PromptItem) -> str:
    return item.text if isinstance(item, Speech) else words((item,)) if isinstance(item, SoundFile) else ""


def _fits(item: Item, text: str) -> bool:
    if item.kind == "pattern":
        return item.pattern is not None and item.pattern.found_in(text)
    return _plain(item.source) in _plain(text)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
