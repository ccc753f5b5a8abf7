"""The registry of expression functions: each is one Python function whose docstring is its reference page.

Its parameters' annotations say which types it takes; a call with another type ends with `expr.type`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from engine.flow.values import type_word, wrong_type

Scope = Mapping[str, Any]
Type = Literal["text", "number", "bool", "list", "map", "null", "any"]

_TYPE_NAMES: Mapping[Any, Type] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "bool",
    list: "list",
    dict: "map",
    type(None): "null",
}
_ARTICLES = {"text": "a text", "number": "a number", "bool": "true or false", "list": "a list", "map": "a map"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `types` it accepts, empty for any."""

    name: str
    types: tuple[Type, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Function:
    """A function of expressions. `lazy` ones get their arguments unevaluated; `scoped` ones are given the scope first.

    `run` is the Python function; `rest` whether the last parameter may be repeated.
    """

    name: str
    run: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    result: Type
    scoped: bool
    lazy: bool
    rest: bool
    description: str

    @property
    def least(self) -> int:
        """How many arguments it needs."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """How many arguments it takes, None for any number."""
        return None if self.rest else len(self.parameters)

    @property
    def signature(self) -> str:
        """How to write it: `pad(text, width, fill?)`."""
        names = [parameter.name + ("?" if parameter.optional else "") for parameter in self.parameters]
        return f"{self.name}({', '.join(names)}{', ...' if self.rest else ''})"

    def check_types(self, arguments: list[Any]) -> None:
        """Raises FlowError `expr.type` for an argument of another type."""
        last = len(self.parameters) - 1
        for index, value in enumerate(arguments):
            parameter = self.parameters[min(index, last)]
            if parameter.types and type_of(value) not in parameter.types:
                wanted = " or ".join(_ARTICLES.get(name, name) for name in parameter.types)
                raise wrong_type(f"{self.name}(): {parameter.name} must be {wanted}, not {type_word(value)}")


_REGISTRY: dict[str, Function] = {}


def type_of(value: Any) -> Type:
    """The type of a value."""
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, tuple):
        return "list"
    return _TYPE_NAMES.get(type(value), "any")


def _types(annotation: Any) -> tuple[Type, ...]:
    """The types an annotation names; none for those that name all."""
    members = [annotation] if get_origin(annotation) in (list, dict) else get_args(annotation) or [annotation]
    names = [_TYPE_NAMES.get(get_origin(member) or member, "any") for member in members]
    found = tuple(dict.fromkeys(names))
    return () if "any" in found or len(found) == len(set(_TYPE_NAMES.values())) else found


def function(name: str = "", *, lazy: bool = False, result: Type | None = None) -> Callable[..., Any]:
    """Make a Python function known to expressions; a first parameter called `scope` receives the scope."""

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        hints = get_type_hints(run)
        given = list(inspect.signature(run).parameters.values())
        scoped = bool(given) and given[0].name == "scope"
        listed = given[1:] if scoped else given
        returned = _types(hints["return"])
        word = name or run.__name__.rstrip("_")
        _REGISTRY[word] = Function(
            word,
            run,
            tuple(
                Parameter(
                    parameter.name.rstrip("_"),
                    () if lazy else _types(hints[parameter.name]),
                    parameter.default is not parameter.empty,
                )
                for parameter in listed
            ),
            result or (returned[0] if len(returned) == 1 else "any"),
            scoped,
            lazy,
            any(parameter.kind is parameter.VAR_POSITIONAL for parameter in listed),
            inspect.cleandoc(run.__doc__ or ""),
        )
        return run

    return register


FUNCTIONS: Mapping[str, Function] = MappingProxyType(_REGISTRY)
"""Every function by its name. Complete once `engine.flow.expression` is imported."""
