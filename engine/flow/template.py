"""Texts that hold `${expressions}`, as `Hello ${session.name}`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from engine.core.signals import Json
from engine.flow.expression import Expression
from engine.flow.values import bounded_text, to_text


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text. `$${` in it stands for `${` itself. Equal to another of the same source."""

    source: str
    parts: tuple[str | Expression, ...] = field(compare=False, repr=False)
    expressions: tuple[tuple[int, Expression], ...] = field(compare=False, repr=False)
    """Each expression with where it begins in the source, counted from 0."""

    @staticmethod
    def compile(text: str) -> "Template":
        """Read a text. Raises PydanticCustomError as `Expression.compile` does, with columns of this text."""
        parts: list[str | Expression] = []
        expressions: list[tuple[int, Expression]] = []
        at, plain = 0, ""
        while (found := text.find("${", at)) >= 0:
            if found > at and text[found - 1] == "$":
                plain += text[at : found - 1] + "${"
                at = found + 2
                continue
            plain += text[at:found]
            end = _closing(text, found + 2)
            expression = Expression.compile(text[found + 2 : end], found + 2)
            if plain:
                parts.append(plain)
            parts.append(expression)
            expressions.append((found + 2, expression))
            at, plain = end + 1, ""
        plain += text[at:]
        if plain:
            parts.append(plain)
        return Template(text, tuple(parts), tuple(expressions))

    @property
    def is_constant(self) -> bool:
        """Whether it reads nothing: the same text for every call."""
        return not self.expressions

    def render(self, scope: Mapping[str, Any]) -> str:
        """The text for a call. Raises FlowError `expr.undefined` or `expr.type`."""
        parts = self.parts
        if len(parts) == 1 and isinstance(parts[0], str):
            return parts[0]
        return bounded_text("".join(part if isinstance(part, str) else to_text(part.evaluate(scope)) for part in parts))

    def value(self, scope: Mapping[str, Any]) -> Json:
        """The value for a call: of its own type when the text is one expression alone, else text."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].evaluate(scope)
        return self.render(scope)


def _closing(text: str, start: int) -> int:
    """Where the `}` of a `${` is; braces and quotes inside the expression are respected."""
    depth, quote, at = 0, "", start
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            if not depth:
                return at
            depth -= 1
        at += 1
    raise PydanticCustomError(
        "expr-syntax",
        "{message}",
        {"message": 'no "}" closes this "${"; write "$${" for the characters themselves', "column": start - 1},
    )
