"""The stock of prompts: every word of a bundle that is known before any call, and so can be spoken ahead."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from engine.core.errors import FlowError
from engine.core.prompts import SoundFile, Speech
from engine.flow.bundle import Bundle
from engine.flow.document import Flow, StepNode
from engine.flow.fields import Inline
from engine.flow.prompt import PromptPart


@dataclass(frozen=True, slots=True)
class Stocked:
    """One prompt in one language: a recorded file, constant words, or words that each call completes."""

    name: str
    language: str
    form: Literal["recorded", "spoken", "completed in the call", "missing"]
    item: SoundFile | Speech | None = None
    flows: tuple[str, ...] = ()


def stock(bundle: Bundle) -> tuple[Stocked, ...]:
    """Every prompt with an id in every language of the project, then every constant text written in a flow."""
    used: dict[str, list[str]] = {}
    written: dict[Speech, list[str]] = {}
    for flow in bundle.flows.values():
        for part in _parts(flow):
            _note(bundle, flow, part, used, written)
    names = dict.fromkeys(
        [*(name for texts in bundle.prompts.texts.values() for name in texts), *_recorded_names(bundle), *used]
    )
    named = [
        _named(bundle, name, language, tuple(dict.fromkeys(used.get(name, ()))))
        for language in bundle.prompts.languages
        for name in names
    ]
    texts = (
        Stocked(speech.text, speech.language, "spoken", speech, tuple(dict.fromkeys(flows)))
        for speech, flows in written.items()
    )
    return (*named, *texts)


def constant_speeches(bundle: Bundle) -> tuple[Speech, ...]:
    """All words of a bundle that can be spoken ahead, each once."""
    return tuple(dict.fromkeys(entry.item for entry in stock(bundle) if isinstance(entry.item, Speech)))


def _recorded_names(bundle: Bundle) -> Iterator[str]:
    languages = set(bundle.prompts.languages)
    for sound in sorted(bundle.prompts.sounds):
        language, _, name = sound.partition("/")
        if language in languages and name:
            yield name.rsplit(".", 1)[0]


def _named(bundle: Bundle, name: str, language: str, flows: tuple[str, ...]) -> Stocked:
    words = bundle.prompts.texts.get(language, {}).get(name)
    try:
        item = bundle.prompts.lookup(name, language)
    except FlowError:
        form: Literal["completed in the call", "missing"] = "completed in the call" if words else "missing"
        return Stocked(name, language, form, None, flows)
    if isinstance(item, SoundFile):
        return Stocked(name, language, "recorded", item, flows)
    if words is not None and not words.text.is_constant:
        return Stocked(name, language, "completed in the call", None, flows)
    return Stocked(name, language, "spoken" if words else "missing", item if isinstance(item, Speech) else None, flows)


def _note(
    bundle: Bundle, flow: Flow, part: PromptPart, used: dict[str, list[str]], written: dict[Speech, list[str]]
) -> None:
    if part.id is not None and part.id.is_constant:
        used.setdefault(part.id.source, []).append(flow.name)
    elif part.text is not None and part.text.is_constant and part.text.render({}).strip():
        for language in flow.languages or bundle.prompts.languages:
            speech = bundle.prompts.speech(part.text.render({}), language, part.voice)
            written.setdefault(speech, []).append(flow.name)


def _parts(flow: Flow) -> Iterator[PromptPart]:
    for block in flow.blocks.values():
        yield from find_parts(block.steps)


def find_parts(value: Any) -> Iterator[PromptPart]:
    """Every prompt item in a step's fields, and in the steps written inside them."""
    match value:
        case PromptPart():
            yield value
        case StepNode():
            yield from find_parts(value.kind)
            yield from find_parts(list(value.siblings.values()))
            yield from find_parts(list(value.on_error.values()))
        case Inline():
            yield from find_parts(value.steps)
        case BaseModel():
            for name in type(value).model_fields:
                yield from find_parts(getattr(value, name))
        case dict():
            for item in value.values():
                yield from find_parts(item)
        case list() | tuple():
            for item in value:
                yield from find_parts(item)
