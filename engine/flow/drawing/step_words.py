"""A step in a few words, for people who read flows as pictures: what the caller hears, what is asked, what is set."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from engine.flow.document import StepNode
from engine.flow.expression import Expression
from engine.flow.fields import Inline, Jump
from engine.flow.prompt import PromptPart, PromptSpec, PromptTable
from engine.flow.template import Template

LONGEST = 110
"""Characters of one step's words."""
MOST_PAIRS = 4


class StepWords:
    """Says what steps do. With `prompts`, a prompt's words (in the project's first language) stand for its id."""

    def __init__(self, prompts: PromptTable | None = None) -> None:
        self._prompts = prompts

    def of(self, step: StepNode) -> str:
        """What one step does, without its kind's word and without its ways out."""
        kind: Any = step.kind
        say = _SAY.get(kind.word)
        text = say(self, kind) if say is not None else self._fields(kind)
        if step.when is not None:
            text = f"{text} when {step.when.source}".strip()
        if step.name:
            text = f"[{step.name}] {text}".strip()
        return shortened(text)

    def prompt(self, spec: PromptSpec | None) -> str:
        """What the caller hears, items one after another."""
        return " ".join(filter(None, (self._item(item) for item in spec.items))) if spec is not None else ""

    def _item(self, item: PromptPart) -> str:
        if item.id is not None:
            return self._named(item.id.source)
        if item.text is not None:
            return f"“{one_line(item.text.source)}”"
        if item.file is not None:
            return f"file {item.file.source}"
        if item.tone is not None:
            return item.tone.source if item.tone.source.isalpha() else "tone"
        if item.pause is not None:
            return ""
        spoken = self.value(item.say)
        return f"{spoken} as {item.as_}" if item.as_ else spoken

    def _named(self, name: str) -> str:
        texts = self._prompts.texts.get(self._prompts.languages[0], {}) if self._prompts is not None else {}
        found = texts.get(name)
        return f"“{one_line(found.text.source)}”" if found is not None else name

    def value(self, value: Any) -> str:
        """A value as the author wrote it."""
        if isinstance(value, Template):
            return one_line(value.source)
        if isinstance(value, Expression):
            return value.source
        if isinstance(value, PromptSpec):
            return self.prompt(value)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, Mapping):
            return f"{{{self.pairs(value, ': ')}}}"
        if isinstance(value, list | tuple):
            return ", ".join(map(self.value, value))
        return one_line(str(value))

    def pairs(self, values: Mapping[str, Any], between: str = " = ") -> str:
        """The first few of some named values."""
        shown = [f"{name}{between}{self.value(value)}" for name, value in list(values.items())[:MOST_PAIRS]]
        return ", ".join([*shown, *(["…"] if len(values) > MOST_PAIRS else [])])

    def _fields(self, kind: Any) -> str:
        """Any other kind: what is written in it, the most telling first, without its ways out."""
        written = {name: getattr(kind, name) for name in type(kind).model_fields if name in kind.model_fields_set}
        if kind.whole and isinstance(written.get(kind.whole), Mapping):
            return self.pairs(written[kind.whole])
        parts = [self.value(written.pop(kind.short))] if kind.short in written else []
        for name, value in written.items():
            if isinstance(value, Jump | Inline | BaseModel) and not isinstance(value, PromptSpec):
                continue
            if isinstance(value, Mapping) and any(isinstance(each, Jump | Inline) for each in value.values()):
                continue
            is_plain = isinstance(value, PromptSpec) or name == "name"
            parts.append(self.value(value) if is_plain else f"{name.rstrip('_')} {self.value(value)}")
        return ", ".join(parts[:MOST_PAIRS])


def _call(words: StepWords, kind: Any) -> str:
    given = f" ({words.pairs(kind.with_)})" if kind.with_ else ""
    return f"{kind.flow}{given}" + (f" → {kind.save}" if kind.save else "")


def _http(words: StepWords, kind: Any) -> str:
    path = words.value(kind.path) if kind.path is not None else ""
    address = words.value(kind.url) if kind.url is not None else f"{kind.service} {path}".strip()
    saved = ", ".join(kind.save)
    return f"{kind.method} {address}" + (f" → {saved}" if saved else "")


def _hangup(words: StepWords, kind: Any) -> str:
    said = words.prompt(kind.prompt)
    return said if kind.cause == "NORMAL_CLEARING" else f"{said} {kind.cause}".strip()


def _input(words: StepWords, kind: Any) -> str:
    return words.prompt(kind.prompt) + (f" → {kind.store}" if kind.store else "")


_SAY: dict[str, Callable[[StepWords, Any], str]] = {
    "answer": lambda _, kind: "early media" if kind.early_media else "",
    "call": _call,
    "collect": _input,
    "goto": lambda *_: "",
    "hangup": _hangup,
    "hours": lambda _, kind: str(kind.calendar),
    "http": _http,
    "if": lambda words, kind: words.value(kind.condition),
    "log": lambda words, kind: words.value(kind.text),
    "menu": _input,
    "pause": lambda _, kind: f"{kind.duration:g} s",
    "play": lambda words, kind: words.prompt(kind.prompt) + (f" {kind.times} times" if kind.times > 1 else ""),
    "record": _input,
    "reject": lambda _, kind: str(kind.cause),
    "return": lambda words, kind: words.pairs(kind.outputs),
    "switch": lambda words, kind: words.value(kind.value),
    "transfer": lambda words, kind: words.value(kind.to),
}


def one_line(text: str) -> str:
    """A text on one line, with nothing in it that a terminal or a browser would act on."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in " ".join(text.split()))


def shortened(text: str, most: int = LONGEST) -> str:
    """A text cut to `most` characters, at a word where there is one; a quotation is closed again."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    at = cut.rfind(" ")
    cut = cut[:at] if at > most * 2 // 3 else cut
    return cut.rstrip(" ,.;:") + "…" + ("”" if cut.count("“") > cut.count("”") else "")
