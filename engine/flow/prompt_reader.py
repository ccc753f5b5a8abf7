"""Reading `prompts/<language>.yaml`: the words of each prompt, by its id."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.flow import builtin
from engine.flow.document import Place
from engine.flow.fields import Text
from engine.flow.finding import Finding
from engine.flow.project import Project
from engine.flow.prompt import PromptTable, PromptText
from engine.flow.suggestion import did_you_mean
from engine.flow.template import Template
from engine.flow.validation import validate
from engine.flow.yaml_source import LocatedMap, place_of

PROMPT_FOLDER = "ivr_flows/prompts/"
SOUND_FOLDER = "ivr_flows/sounds/"
_ID = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")


class PromptSource(BaseModel):
    """The words of one prompt: a text, or a map of these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    text: Text = Field(description="What is said; it may hold ${expressions}.")
    voice: str = Field("", description="Who says it, instead of the language's voice.")
    note: str = Field("", description="For the person who records it.")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def read_prompts(
    files: Mapping[str, Any], sounds: Iterable[str], sounds_root: str, project: Project, findings: list[Finding]
) -> PromptTable:
    """The prompts in the values of files, with the recorded sounds and the built-in words."""
    texts: dict[str, dict[str, PromptText]] = {
        language: {name: PromptText(Template.compile(words)) for name, words in known.items()}
        for language, known in builtin.PROMPTS.items()
    }
    for file in sorted(files):
        language = file.removeprefix(PROMPT_FOLDER).removesuffix(".yaml")
        if language not in project.languages:
            near = did_you_mean(language, project.languages)
            message = f'the project has no language "{language[:20]}"{near}; add it to languages in project.yaml'
            findings.append(Finding(Place(file, 1, 1), "error", "unknown-language", message))
        root = files[file]
        if root is None:
            continue
        if not isinstance(root, LocatedMap):
            message = "write a map of prompt ids to their words"
            findings.append(Finding(Place(file, 1, 1), "error", "schema", message))
            continue
        texts.setdefault(language, {}).update(_words(root, findings))
    recorded = frozenset(sound.removeprefix(SOUND_FOLDER) for sound in sounds)
    return PromptTable(texts, recorded, sounds_root.rstrip("/"), project.languages, project.voices)


def _words(root: LocatedMap, findings: list[Finding]) -> dict[str, PromptText]:
    found = {}
    for name, written in root.items():
        place = place_of(root, (name,), key=True)
        if not _ID.match(name):
            message = "a prompt's id has letters, digits and _ . -, at most 100"
            findings.append(Finding(place, "error", "schema", message))
            continue
        source, wrong = validate(PromptSource, written, root, (name,), what=f"the prompt {name}")
        findings.extend(wrong)
        if source is not None:
            found[name] = PromptText(source.text, source.voice, source.note, place.line, place.column)
    return found
