"""What an expression gives and what is wrong with its types, without running it. Unknown types are never wrong."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.flow.expression import CONSTANTS, Expression, dotted_path
from engine.flow.function import FUNCTIONS, Type, type_of

StaticType = Type | Literal["digits"]
"""A type of values; digits are text, told apart because people compare them with numbers."""
Lookup = Callable[[tuple[str, ...]], StaticType]

_WORDS = {"text": "text", "digits": "text", "number": "a number", "bool": "true or false", "list": "a list"}
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


@dataclass(frozen=True, slots=True)
class TypeMistake:
    """A place where types do not fit; `column` counts from 1 in the expression."""

    rule: Literal["expr-type", "digits-compared-with-number"]
    message: str
    column: int


def infer(expression: Expression, lookup: Lookup) -> tuple[StaticType, list[TypeMistake]]:
    """The type of an expression and the mistakes in it; `lookup` tells the type of a dotted name."""
    found = _Inference(lookup)
    return found.node(expression.tree), found.mistakes


def is_constant(expression: Expression) -> bool:
    """Whether it is the same in every call: it reads no name and calls no function."""
    return not expression.names and not any(isinstance(node, ast.Call) for node in ast.walk(expression.tree))


class _Inference:
    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.mistakes: list[TypeMistake] = []

    def wrong(self, node: ast.AST, message: str, rule: Literal["expr-type", "digits-compared-with-number"]) -> None:
        self.mistakes.append(TypeMistake(rule, message, getattr(node, "col_offset", 0) + 1))

    def node(self, node: ast.expr) -> StaticType:
        match node:
            case ast.Constant(value=value):
                return type_of(value)
            case ast.Name(id=name) if name in CONSTANTS:
                return type_of(CONSTANTS[name])
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return self.path(node)
            case ast.BoolOp(values=values):
                types = {self.node(value) for value in values}
                return types.pop() if len(types) == 1 else "any"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.node(operand)
                return "bool"
            case ast.UnaryOp(operand=operand):
                self.number(node, operand, "-")
                return "number"
            case ast.BinOp():
                return self.operation(node)
            case ast.Compare():
                self.comparison(node)
                return "bool"
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.node(test)
                then, otherwise = self.node(body), self.node(orelse)
                return then if then == otherwise else "any"
            case ast.List(elts=items) | ast.Tuple(elts=items):
                for item in items:
                    self.node(item)
                return "list"
            case ast.Dict(values=parts):
                for part in parts:
                    self.node(part)
                return "map"
            case ast.Call():
                return self.call(node)
        return "any"

    def path(self, node: ast.Name | ast.Attribute | ast.Subscript) -> StaticType:
        path = dotted_path(node)
        if path is not None:
            return self.lookup(path)
        for part in _parts(node):
            self.node(part)
        return "any"

    def number(self, node: ast.expr, operand: ast.expr, sign: str) -> None:
        kind = self.node(operand)
        if kind not in ("number", "any"):
            hint = ": use int(...)" if kind in ("text", "digits") else ""
            self.wrong(node, f'"{sign}" needs numbers; {ast.unparse(operand)} is {_word(kind)}{hint}', "expr-type")

    def operation(self, node: ast.BinOp) -> StaticType:
        sign = _SIGNS.get(type(node.op), "?")
        if sign != "+":
            for operand in (node.left, node.right):
                self.number(operand, operand, sign)
            return "number"
        left, right = self.node(node.left), self.node(node.right)
        if "any" in (left, right):
            return "any"
        if _plain(left) != _plain(right) or _plain(left) not in ("text", "number", "list"):
            hint = ": use int(...) or str(...)" if {_plain(left), _plain(right)} == {"text", "number"} else ""
            self.wrong(node, f'"+" between {_word(left)} and {_word(right)}{hint}', "expr-type")
            return "any"
        return _plain(left)

    def comparison(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        types = [self.node(operand) for operand in operands]
        for index, op in enumerate(node.ops):
            left, right = types[index], types[index + 1]
            if isinstance(op, ast.In | ast.NotIn):
                if right in ("number", "bool", "null"):
                    self.wrong(node, f'"in" looks into a text, a list or a map, not {_word(right)}', "expr-type")
                continue
            self.compared(operands[index], left, operands[index + 1], right, isinstance(op, _ORDERED))

    def compared(self, one: ast.expr, left: StaticType, other: ast.expr, right: StaticType, ordered: bool) -> None:
        if "any" in (left, right):
            return
        kinds = {_plain(left), _plain(right)}
        if kinds == {"text", "number"}:
            text, number = (one, other) if _plain(left) == "text" else (other, one)
            digits = "digits" in (left, right)
            shown = ast.unparse(number)
            advice = f"compare with '{shown}' in quotes, or use int(...)" if digits else "use int(...) or str(...)"
            rule: Literal["expr-type", "digits-compared-with-number"]
            rule = "digits-compared-with-number" if digits else "expr-type"
            self.wrong(one, f"{ast.unparse(text)} is text: {advice}", rule)
        elif ordered and (len(kinds) > 1 or not kinds <= {"text", "number"}):
            self.wrong(one, f"{_word(left)} and {_word(right)} have no order", "expr-type")
        elif len(kinds) > 1 and "null" not in kinds:
            self.wrong(one, f"{_word(left)} is never equal to {_word(right)}", "expr-type")

    def call(self, node: ast.Call) -> StaticType:
        types = [self.node(argument) for argument in node.args]
        function = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None:
            return "any"
        for index, (argument, kind) in enumerate(zip(node.args, types, strict=True)):
            parameter = function.parameters[min(index, len(function.parameters) - 1)]
            if kind != "any" and parameter.types and _plain(kind) not in parameter.types:
                wanted = " or ".join(_word(allowed) for allowed in parameter.types if allowed != "null")
                message = f"{function.signature}: {parameter.name} must be {wanted}, not {_word(kind)}"
                self.wrong(argument, message, "expr-type")
        return function.result


_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Attribute(value=value):
            yield value
        case ast.Subscript(value=value, slice=index):
            yield value
            yield index


def _plain(kind: StaticType) -> Type:
    return "text" if kind == "digits" else kind


def _word(kind: StaticType) -> str:
    return _WORDS.get(kind, "a map" if kind == "map" else kind)
