"""The operators of expressions: strict about types, bounded in what they make."""

import ast
from collections.abc import Callable, Mapping
from typing import Any

from engine.flow.values import bounded, bounded_number, bounded_text, is_number, type_word, wrong_type


def _mismatch(sign: str, left: Any, right: Any) -> Exception:
    hint = ""
    if {type_word(left), type_word(right)} == {"a text", "a number"}:
        hint = ": use int(...) or str(...)"
    return wrong_type(f'"{sign}" between {type_word(left)} and {type_word(right)}{hint}')


def _plus(left: Any, right: Any) -> Any:
    if is_number(left) and is_number(right):
        return bounded_number(left + right)
    if isinstance(left, str) and isinstance(right, str):
        return bounded_text(left + right)
    if isinstance(left, list) and isinstance(right, list):
        bounded(left), bounded(right)
        return bounded(left + right)
    raise _mismatch("+", left, right)


def _arithmetic(sign: str, operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if not (is_number(left) and is_number(right)):
            raise _mismatch(sign, left, right)
        try:
            return bounded_number(operation(left, right))
        except ZeroDivisionError:
            raise wrong_type("division by zero") from None
        except OverflowError:
            raise wrong_type("the number is too large") from None

    return run


OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _plus,
    ast.Sub: _arithmetic("-", lambda left, right: left - right),
    ast.Mult: _arithmetic("*", lambda left, right: left * right),
    ast.Div: _arithmetic("/", lambda left, right: left / right),
    ast.FloorDiv: _arithmetic("//", lambda left, right: left // right),
    ast.Mod: _arithmetic("%", lambda left, right: left % right),
}


def negated(value: Any) -> Any:
    """The number with the other sign."""
    if not is_number(value):
        raise wrong_type(f'"-" in front of {type_word(value)}')
    return -value


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal; true and 1 are not, nor are "1" and 1."""
    return bool(left == right) and (isinstance(left, bool) is isinstance(right, bool))


def _ordered(sign: str, operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    def run(left: Any, right: Any) -> bool:
        kind = type(left)
        if kind is type(right) and (kind is int or kind is str or kind is float):
            return operation(left, right)  # type: ignore[no-any-return]
        if is_number(left) and is_number(right):
            return bool(operation(left, right))
        raise _mismatch(sign, left, right)

    return run


def _inside(left: Any, right: Any) -> bool:
    if isinstance(right, str):
        if not isinstance(left, str):
            raise _mismatch("in", left, right)
        return left in right
    if isinstance(right, list | tuple):
        return any(same(left, item) for item in right)
    if isinstance(right, Mapping):
        return isinstance(left, str) and left in right
    raise _mismatch("in", left, right)


COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: same,
    ast.NotEq: lambda left, right: not same(left, right),
    ast.Lt: _ordered("<", lambda left, right: left < right),
    ast.LtE: _ordered("<=", lambda left, right: left <= right),
    ast.Gt: _ordered(">", lambda left, right: left > right),
    ast.GtE: _ordered(">=", lambda left, right: left >= right),
    ast.In: _inside,
    ast.NotIn: lambda left, right: not _inside(left, right),
}
