"""The types of variables: which values a declared variable takes, and what it holds before it is set."""

from copy import deepcopy
from datetime import datetime

from engine.core.errors import FlowError
from engine.core.signals import Json
from engine.flow.document import Variable, VariableType
from engine.flow.values import is_number, type_word

_KEYS = frozenset("0123456789*#")
_WORDS: dict[VariableType, str] = {
    "string": "a text",
    "digits": "keys of a phone (a text of 0-9 * #)",
    "number": "a number",
    "bool": "true or false",
    "map": "a map",
    "list": "a list",
    "file": "the path of a file (a text)",
    "datetime": "a time such as 2026-11-20T09:30",
}


def fits(value: Json, kind: VariableType) -> bool:
    """Whether a variable of this type may hold `value`; null it may always."""
    if value is None:
        return True
    match kind:
        case "string" | "file":
            return isinstance(value, str)
        case "digits":
            return isinstance(value, str) and _KEYS.issuperset(value)
        case "number":
            return is_number(value)
        case "bool":
            return isinstance(value, bool)
        case "map":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list)
        case "datetime":
            return isinstance(value, str) and _is_time(value)


def _is_time(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def checked(value: Json, variable: Variable, place: str) -> Json:
    """`value`, when the variable may hold it. Raises FlowError `expr.type`; the value itself is not in the message."""
    if fits(value, variable.type):
        return value
    raise FlowError("expr.type", f"{place} holds {_WORDS[variable.type]}; it was given {type_word(value)}")


def initial(variable: Variable) -> Json:
    """What it holds before anything is stored in it: its default, or null."""
    return deepcopy(variable.default)
