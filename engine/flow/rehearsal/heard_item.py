"""Reading what is to be heard: `welcome`, `We are closed`, `/you have [0-9]+/`, `number 2`."""

import re
from typing import get_args

from pydantic_core import PydanticCustomError

from engine.flow.document import Place
from engine.flow.pattern import Pattern
from engine.flow.prompt import PromptTable, SayAs
from engine.flow.rehearsal.script import Item
from engine.flow.suggestion import did_you_mean

_ID = re.compile(r"^[a-z0-9][a-z0-9_.-]*$")
WAYS: tuple[str, ...] = get_args(SayAs)
"""How values can be said."""


def read_item(source: str, place: Place, ids: frozenset[str] | None) -> tuple[Item | None, str]:
    """The item and no words, or no item and what is wrong with it.

    A prompt's id goes before anything else. What looks like one and is none is wrong, not a word to listen for.
    `ids` is None when the project cannot be read: then nothing is known to be an id, and nothing to be none.
    """
    if len(source) > 2 and source.startswith("/") and source.endswith("/"):
        try:
            return Item("pattern", source, place, pattern=Pattern.compile(source[1:-1])), ""
        except PydanticCustomError as error:
            return None, error.message()
    if ids is not None and source in ids:
        return Item("prompt", source, place), ""
    how, _, value = source.partition(" ")
    if how in WAYS and value.strip():
        return Item("say", source, place, how=how, value=value.strip()), ""
    if ids is not None and _ID.match(source):
        near = did_you_mean(source, ids)
        if near or "_" in source:
            return None, f'no prompt "{source[:60]}"{near}'
    return Item("words", source, place), ""


def prompt_ids(prompts: PromptTable) -> frozenset[str]:
    """Every id a prompt of the project may have: of its words, and of its recorded sounds."""
    found = {name for words in prompts.texts.values() for name in words}
    for sound in prompts.sounds:
        name = sound.rpartition(".")[0]
        found |= {name, name.partition("/")[2] or name}
    return frozenset(found)
