"""The values of expressions: what people call their types, how large they may be, and how they read as text."""

import json
import math
from collections.abc import Mapping
from typing import Any

from engine.core.errors import FlowError

TEXT_LIMIT = 10_000
"""Characters of a text an expression may make."""
NODE_LIMIT = 10_000
"""Values, at any depth, of a list or map an expression may make."""
DEPTH_LIMIT = 50
"""How deeply lists and maps may be nested."""
NUMBER_LIMIT = 10**18
"""Numbers an expression may make stay below this, so that repeated multiplication cannot fill the memory."""


def type_word(value: Any) -> str:
    """What people call the type of `value`, with its article: "a text", "a number"."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, Mapping):
        return "a map"
    return "of no known type"


def is_number(value: Any) -> bool:
    """Whether it is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def wrong_type(message: str) -> FlowError:
    """The error an author catches as `expr.type`."""
    return FlowError("expr.type", message)


def bounded_number(value: int | float) -> int | float:
    """`value` itself. Raises FlowError when it is no finite number below `NUMBER_LIMIT`."""
    if -NUMBER_LIMIT < value < NUMBER_LIMIT:
        return value
    raise wrong_type("the number is too large")


def bounded_text(value: str) -> str:
    """`value` itself. Raises FlowError when it is longer than `TEXT_LIMIT`."""
    if len(value) <= TEXT_LIMIT:
        return value
    raise wrong_type(f"the text is longer than {TEXT_LIMIT} characters")


def bounded(value: Any) -> Any:
    """`value` itself. Raises FlowError when it holds too much in all; the work is bounded too."""
    nodes, characters = 0, 0
    stack = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        nodes += 1
        if isinstance(item, str):
            characters += len(item)
        elif isinstance(item, list | tuple):
            stack.extend((part, depth + 1) for part in item[: NODE_LIMIT + 1])
        elif isinstance(item, Mapping):
            if len(item) > NODE_LIMIT:
                nodes += len(item)
            else:
                stack.extend((part, depth + 1) for part in item.values())
                characters += sum(map(len, item))
        if nodes + len(stack) > NODE_LIMIT or characters > 10 * TEXT_LIMIT or depth > DEPTH_LIMIT:
            raise wrong_type("the list or map is too large")
    return value


def number_text(value: int | float) -> str:
    """A number as people write it: whole ones without a point, others with at most twelve digits."""
    if isinstance(value, int):
        return str(value)
    if math.isfinite(value) and value.is_integer() and abs(value) < NUMBER_LIMIT:
        return str(int(value))
    return format(value, ".12g")


def to_text(value: Any) -> str:
    """A value inside a text: null is nothing, true and false are words, lists and maps are JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return to_json(value)


def to_json(value: Any) -> str:
    """JSON text, compact. Raises FlowError `expr.type` for what is too large or has no JSON form."""
    try:
        return bounded_text(json.dumps(bounded(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise wrong_type("the value cannot be written as JSON") from None
