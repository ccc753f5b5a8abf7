"""What authors wrote as plain values, without places and without what is left at its default, so that it compares."""

from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from engine.flow.document import Place, StepNode
from engine.flow.expression import Expression
from engine.flow.fields import Inline, Jump
from engine.flow.pattern import Pattern
from engine.flow.prompt import PromptSpec
from engine.flow.template import Template

LONGEST = 90
"""Characters of a value that are shown."""

Steps = tuple[StepNode, ...]


def plain(value: Any) -> Any:
    """A value of numbers, texts, lists and maps; the steps of a branch stay steps, in a tuple."""
    if isinstance(value, Template | Expression | Pattern):
        return value.source
    if isinstance(value, Jump):
        return value.name
    if isinstance(value, Inline):
        return value.steps
    if isinstance(value, PromptSpec):
        items = [plain_fields(item) for item in value.items]
        words = [item["text"] if set(item) == {"text"} else item for item in items]
        return words[0] if len(words) == 1 else words
    if isinstance(value, BaseModel):
        return plain_fields(value)
    if is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in fields(value) if not each.name.startswith("_")}
        return {name: plain(part) for name, part in named.items() if not isinstance(part, Place)}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, Set):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def plain_fields(model: BaseModel) -> dict[str, Any]:
    """The fields of a model that differ from their defaults, by the names authors write."""
    found = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if field.is_required() or value != field.get_default(call_default_factory=True):
            found[field.alias or name.rstrip("_")] = plain(value)
    return found


def plain_step(step: StepNode) -> dict[str, Any]:
    """A step: its kind's fields, what stands beside it, and its kind as `kind`."""
    kind = step.kind
    written = plain_fields(kind)
    whole = written.get(kind.whole or "")
    if isinstance(whole, dict):
        written = whole
    beside: dict[str, Any] = {"name": step.name} if step.name else {}
    if step.when is not None:
        beside["when"] = step.when.source
    if step.on_error:
        beside["on_error"] = plain(step.on_error)
    return {"kind": kind.word, "fields": written, **beside, **{n: plain(t) for n, t in step.siblings.items()}}


def comparable(value: Any) -> Any:
    """A plain value with its steps made plain, too: equal when the authors mean the same."""
    if isinstance(value, StepNode):
        return comparable(plain_step(value))
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(part) for part in value]
    return value


def shown(value: Any) -> str:
    """A plain value on one short line."""
    text = _text(value)
    line = "".join(each if each.isprintable() else " " for each in text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _text(value: Any) -> str:
    if isinstance(value, StepNode):
        target = plain_step(value)["fields"].get("target")
        return f"{value.kind.word} {target}" if isinstance(target, str) else value.kind.word
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_text(part)}' for key, part in value.items())}}}"
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value is None else str(value)
