"""Prompts of authors: what a step lets the caller hear, and how it becomes something to play in a language.

A recorded sound of the caller's language goes before its text; what a language lacks, the fallback language gives.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from engine.core.errors import FlowError
from engine.core.prompts import Prompt, PromptItem, Silence, SoundFile, Speech, Tone
from engine.flow.fields import Duration, Text, Value
from engine.flow.template import Template
from engine.flow.values import bounded_text, is_number, number_text, to_text, type_word, wrong_type

SayAs = Literal["digits", "number", "phone", "spell"]
TONES: Mapping[str, str] = {"beep": "%(200,0,1000)"}
_TONE = re.compile(r"^(?:[a-z]=[+-]?[0-9.]+;)*(?:%\(\d+,\d+(?:,\d+(?:\.\d+)?)+\);?)+$")
_SOUND_TYPES = (".wav", ".mp3", ".ogg", ".flac")


class _ReadError(Exception):
    """A prompt reads something of its call."""


class _Unread(dict[str, Any]):
    """A scope for what reads nothing."""

    def __missing__(self, name: str) -> Any:
        raise _ReadError(name)

    def get(self, name: str, _default: Any = None) -> Any:
        raise _ReadError(name)

    def __contains__(self, name: object) -> bool:
        raise _ReadError(name)


@dataclass(frozen=True, slots=True)
class PromptText:
    """The words of one prompt in one language, from `prompts/<language>.yaml`."""

    text: Template
    voice: str = ""
    note: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class PromptTable:
    """Every prompt of a project: texts and recorded sounds by language, and who speaks each language."""

    texts: Mapping[str, Mapping[str, PromptText]] = field(default_factory=dict)
    """Language to prompt id to its words."""
    sounds: frozenset[str] = frozenset()
    """Recorded files, relative to `root`, as `en/welcome.wav`."""
    root: str = ""
    """The absolute folder of the recorded files."""
    languages: tuple[str, ...] = ("en",)
    """The project's; the first is the fallback."""
    voices: Mapping[str, str] = field(default_factory=dict)
    """Language to the voice that speaks it."""
    _constants: dict[tuple[int, str], tuple["PromptSpec", Prompt | None]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def constant(self, spec: "PromptSpec", language: str) -> Prompt | None:
        """What a prompt is in a language when that is the same for every call, else None; found out once."""
        found = self._constants.get((id(spec), language))
        if found is None:
            try:
                prompt = spec.resolve(_Unread(), language, self)
            except (_ReadError, FlowError):
                prompt = None
            found = self._constants[id(spec), language] = spec, prompt  # held, so that its id stays its own
        return found[1]

    def order(self, language: str) -> tuple[str, ...]:
        """Where to look for a prompt: the language itself, its base (`en` for `en-GB`), the fallback."""
        return tuple(dict.fromkeys((language, language.partition("-")[0], *self.languages[:1])))

    def has(self, name: str, language: str) -> bool:
        """Whether a prompt exists in this very language (or its base), without the fallback."""
        bases = (language, language.partition("-")[0])
        return any(name in self.texts.get(base, {}) or self._recorded(f"{base}/{name}") for base in bases)

    def lookup(self, name: str, language: str, scope: Mapping[str, Any] | None = None) -> PromptItem:
        """A prompt by its id. Raises FlowError `prompt.missing` when no language in reach has it."""
        last = ("en",) if name.startswith("switchboard.") else ()  # the built-in flows always have words
        for candidate in (*self.order(language), *last):
            if found := self._recorded(f"{candidate}/{name}"):
                return SoundFile(f"{self.root}/{found}", name)
            if words := self.texts.get(candidate, {}).get(name):
                return self.speech(words.text.render(scope or {}), candidate, words.voice, name)
        raise FlowError("prompt.missing", f'no prompt "{name}" in {language}')

    def file(self, name: str, language: str) -> PromptItem:
        """A recorded file by its name in the sounds folder or a language's. Raises FlowError `prompt.missing`."""
        for folder in (*(f"{candidate}/" for candidate in self.order(language)), ""):
            if found := self._recorded(folder + name):
                return SoundFile(f"{self.root}/{found}", name)
        raise FlowError("prompt.missing", f'no sound file "{name}"')

    def has_file(self, name: str, language: str) -> bool:
        """Whether `file` finds one for this language."""
        return any(self._recorded(folder + name) for folder in (*(f"{each}/" for each in self.order(language)), ""))

    def speech(self, text: str, language: str, voice: str = "", name: str = "") -> Speech:
        """Words in the voice given, else the language's."""
        return Speech(text, language, voice or self.voices.get(language, ""), name)

    def _recorded(self, name: str) -> str:
        """The recorded file of this name, with or without its type; the set of files is the only way in."""
        if name in self.sounds:
            return name
        return next((name + ending for ending in _SOUND_TYPES if name + ending in self.sounds), "")


class PromptPart(BaseModel):
    """One item of a prompt: exactly one of id, text, file, pause, tone, say."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    id: Text | None = Field(None, description="A prompt of prompts/<language>.yaml, or a recorded sound of that name.")
    text: Text | None = Field(None, description="Words to be spoken.")
    file: Text | None = Field(None, description="A file in the sounds folder.")
    pause: Duration | None = Field(None, description="Silence.")
    tone: Text | None = Field(None, description="`beep`, or a tone as `%(on ms,off ms,Hz,Hz)`.")
    say: Value = Field(None, description="A value to be spoken, in the way `as` says.")
    as_: SayAs | None = Field(None, alias="as", description="How to speak it: digits, number, phone or spell.")
    voice: str = Field("", description="Who speaks it, instead of the language's voice.")

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"text": value}
        if not isinstance(value, Mapping):
            raise PydanticCustomError("prompt", "write a text, or one of id, text, file, pause, tone, say")
        known = {"id", "text", "file", "pause", "tone", "say", "as", "as_", "voice"}
        sources = [name for name in value if name in SOURCES]
        if len(sources) > 1:
            raise PydanticCustomError(
                "prompt",
                "{message}",
                {"message": f"{sources[0]} and {sources[1]} in one item; make them two items of a list"},
            )
        if not sources and set(value) <= known:
            raise PydanticCustomError("prompt", "an item of a prompt needs one of id, text, file, pause, tone, say")
        if "as" in value and "say" not in value and sources:
            raise PydanticCustomError("prompt", "{message}", {"message": f"as belongs to say, not to {sources[0]}"})
        return value

    @model_validator(mode="after")
    def _sound_tone(self) -> "PromptPart":
        if self.tone is not None and self.tone.is_constant and not _tone_spec(self.tone.source):
            raise PydanticCustomError("prompt", "a tone is beep, or such as %(500,250,440) in ms, ms and Hz")
        return self

    def resolve(self, scope: Mapping[str, Any], language: str, prompts: PromptTable) -> PromptItem | None:
        """The item to play, None when there is nothing to hear (an empty text). Raises FlowError."""
        if self.id is not None:
            return prompts.lookup(self.id.render(scope), language, scope)
        if self.file is not None:
            return prompts.file(self.file.render(scope), language)
        if self.pause is not None:
            return Silence(round(self.pause * 1000))
        if self.tone is not None:
            spec = _tone_spec(self.tone.render(scope))
            if not spec:
                raise wrong_type("the tone is neither beep nor such as %(500,250,440)")
            return Tone(spec)
        text = self.text.render(scope) if self.text is not None else spoken(_value(self.say, scope), self.as_)
        return prompts.speech(text, language, self.voice) if text.strip() else None


SOURCES = ("id", "text", "file", "pause", "tone", "say")
"""The fields of which a prompt's item has exactly one."""


class PromptSpec(BaseModel):
    """What an author writes for a prompt: a text, an item, or a list of items played as one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: tuple[PromptPart, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {"items": value}
        if isinstance(value, str | Mapping):
            return {"items": [value]}
        if isinstance(value, PromptSpec):
            return value
        raise PydanticCustomError("prompt", "write a text, an item such as {id: welcome}, or a list of items")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        part = {"anyOf": [{"type": "string"}, handler(PromptPart.__pydantic_core_schema__)]}
        return {"anyOf": [*part["anyOf"], {"type": "array", "items": part}]}

    def resolve(self, scope: Mapping[str, Any], language: str, prompts: PromptTable) -> Prompt:
        """The prompt to play in a language. Raises FlowError `prompt.missing`, `expr.undefined` or `expr.type`."""
        found = (part.resolve(scope, language, prompts) for part in self.items)
        return tuple(item for item in found if item is not None)

    def ids(self) -> Iterator[str]:
        """The prompt ids it names outright (not by an expression)."""
        for part in self.items:
            if part.id is not None and part.id.is_constant:
                yield part.id.source

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing to play."""
        return not self.items


def _tone_spec(text: str) -> str:
    """The tone of a name or specification, nothing when it is neither."""
    if text in TONES:
        return TONES[text]
    return text if _TONE.match(text) and len(text) <= 200 else ""


def _value(value: Any, scope: Mapping[str, Any]) -> Any:
    return value.value(scope) if isinstance(value, Template) else value


def spoken(value: Any, how: SayAs | None) -> str:
    """A value as words to be spoken: its text, a plain number, or its characters one by one. Raises FlowError."""
    if how == "number":
        if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
            value = int(value.strip()[:18])
        if not is_number(value):
            raise wrong_type(f"say as number: not a number but {type_word(value)}")
        return number_text(value)
    if how is None:
        return bounded_text(to_text(value))
    if not (isinstance(value, str) or is_number(value)):
        raise wrong_type(f"say as {how}: neither text nor number but {type_word(value)}")
    text = to_text(value)
    if how in ("digits", "phone"):
        text = "".join(character for character in text if character.isdecimal() or character in "+*#")
    return bounded_text(" ".join(character for character in text if not character.isspace()))
