"""The field types of step kinds: what an author may write there, and what it becomes.

Each type validates the YAML value when the flow is loaded, so that a running call meets no surprise of form.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from engine.flow.expression import Expression
from engine.flow.template import Template

if TYPE_CHECKING:  # the document holds steps, and a step's target may hold steps again
    from engine.flow.document import StepNode

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ms|s|m|h)$")
_UNIT = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_KEYS = re.compile(r"^[0-9*#]+$")
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_PLACE_TO_STORE = re.compile(r"^(?:session\.)?[A-Za-z_][A-Za-z0-9_]*$")


def seconds(text: str) -> float:
    """The seconds of a duration such as `500ms`, `5s`, `10m`, `1h`. Raises ValueError."""
    match = _DURATION.match(text.strip())
    if not match:
        raise ValueError("write a duration such as 500ms, 5s, 10m or 1h")
    return float(match[1]) * _UNIT[match[2]]


def _duration(value: Any) -> float:
    if not isinstance(value, str):
        raise PydanticCustomError("duration", "write a duration with its unit, such as 500ms, 5s, 10m or 1h")
    try:
        return seconds(value)
    except ValueError as error:
        raise PydanticCustomError("duration", str(error)) from None


Duration = Annotated[
    float,
    PlainValidator(_duration),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _DURATION.pattern,
            "patternErrorMessage": "write a duration such as 500ms, 5s, 10m or 1h",
        }
    ),
]
"""Seconds, written with a unit."""


def _text(value: Any) -> Template:
    if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
        raise PydanticCustomError("text", "write a text; it may hold ${expressions}")
    return Template.compile(str(value))


Text = Annotated[Template, PlainValidator(_text), WithJsonSchema({"type": ["string", "number"]})]
"""A text that may hold `${expressions}`."""


def _any_value(value: Any) -> Any:
    if isinstance(value, str):
        return Template.compile(value)
    if isinstance(value, list):
        return [_any_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _any_value(item) for key, item in value.items()}
    return value


Value = Annotated[Any, PlainValidator(_any_value), WithJsonSchema({})]
"""Any YAML value; texts in it may hold `${expressions}`, and one that is only an expression keeps its type."""


def _expression(value: Any) -> Expression:
    if isinstance(value, bool | int | float):
        value = repr(value).lower() if isinstance(value, bool) else repr(value)
    if not isinstance(value, str):
        raise PydanticCustomError("expression", "write an expression such as vars.tries > 2")
    text = value.strip()
    if text.startswith("${") and text.endswith("}") and text.count("${") == 1:
        return Expression.compile(text[2:-1], 2 + len(value) - len(value.lstrip()))
    return Expression.compile(value)


Condition = Annotated[
    Expression, PlainValidator(_expression), WithJsonSchema({"type": ["string", "boolean", "number"]})
]
"""A bare expression, without `${}` around it (tolerated)."""


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "write a number")
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and "${" in value:
        return Template.compile(value)
    raise PydanticCustomError("number", "write a number, or an expression such as ${inputs.attempts}")


Number = Annotated[
    int | float | Template, PlainValidator(_number), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})
]
"""A number, or a text that is an expression giving one."""


def _keys(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _KEYS.match(text):
        raise PydanticCustomError("keys", 'write the keys in quotes, from 0-9 * #, such as "1" or "*9"')
    return text


Keys = Annotated[str, PlainValidator(_keys), WithJsonSchema({"type": "string", "pattern": _KEYS.pattern})]
"""Keys of a phone, at least one."""


def _key_set(value: Any) -> str:
    if value in (None, "", []):
        return ""
    if isinstance(value, list):
        return "".join(_keys(item) for item in value)
    return _keys(value)


KeySet = Annotated[str, PlainValidator(_key_set), WithJsonSchema({"type": ["string", "array"]})]
"""Any of these keys; empty for none."""


def _store(value: Any) -> str:
    if not isinstance(value, str) or not _PLACE_TO_STORE.match(value):
        raise PydanticCustomError("store", "write the name of a variable, or session.NAME")
    return value


Store = Annotated[str, PlainValidator(_store), WithJsonSchema({"type": "string", "pattern": _PLACE_TO_STORE.pattern})]
"""Where a result goes: a declared variable of the flow, or `session.NAME`."""


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.match(value):
        raise PydanticCustomError("name", "write a name of letters, digits and _, starting with a letter")
    return value


Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": _NAME.pattern})]
"""A name of letters, digits and underscores."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A target by name: a block, `flow:other`, or one of next, repeat, return, hangup."""

    name: str


@dataclass(frozen=True, slots=True)
class Inline:
    """A target written out as steps; the flow continues after the step that holds it unless they jump."""

    steps: "tuple[StepNode, ...]"


TargetValue = Jump | Inline


class _TargetReader:
    """Reads a target with the loader's step reader, which is in the context of the validation."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"x-step": True}}]}

    @staticmethod
    def _read(value: Any, info: core_schema.ValidationInfo) -> "Jump | Inline":
        if isinstance(value, str) and value.strip():
            return Jump(value.strip())
        if isinstance(value, list):
            read_steps = (info.context or {}).get("read_steps")
            if read_steps is None:
                raise PydanticCustomError("target", "inline steps cannot be read here")
            return Inline(read_steps(value))
        raise PydanticCustomError("target", "write the name of a block, or a list of steps")


Target = Annotated[Jump | Inline, _TargetReader()]
"""Where a flow goes on: the name of a block or one of the words next, repeat, return, hangup; or a list of steps."""
