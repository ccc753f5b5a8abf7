"""Expressions of authors, such as `vars.tries > 2 and not session.vip`: read once, then run as plain closures.

The notation is a small part of Python's, read with its parser; nothing is ever handed to `eval`. `x.y` looks up a key
of a map and nothing else, functions are those of `FUNCTIONS`, and every result is bounded in size.
"""

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

import engine.flow.expression_functions
import engine.flow.expression_time  # noqa: F401  importing makes the functions known
from engine.core.errors import FlowError
from engine.core.signals import Json
from engine.flow.expression_advice import name_of, syntax_advice
from engine.flow.expression_operators import COMPARISONS, OPERATIONS, negated
from engine.flow.function import FUNCTIONS, Function, Scope
from engine.flow.pattern import Pattern
from engine.flow.suggestion import did_you_mean
from engine.flow.values import NUMBER_LIMIT, bounded, type_word, wrong_type

MAX_LENGTH = 500
MAX_DEPTH = 30
CONSTANTS: Mapping[str, Json] = {"true": True, "false": False, "null": None, "none": None}

Run = Callable[[Scope], Any]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Read:
    """One place where an expression reads a name. `guarded` when it may be absent there (`default`, `coalesce`)."""

    path: tuple[str, ...]
    column: int
    guarded: bool


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. Equal to another of the same source."""

    source: str
    names: frozenset[tuple[str, ...]] = field(compare=False)
    """The dotted paths it reads, as `("vars", "tries")`."""
    reads: tuple[Read, ...] = field(compare=False, repr=False)
    tree: ast.expr = field(compare=False, repr=False)
    """For the checks that look into it."""
    offset: int = field(compare=False, repr=False)
    """Where the source begins in the author's text, counted from 0."""
    _run: Run = field(compare=False, repr=False)

    @staticmethod
    def compile(text: str, offset: int = 0) -> "Expression":
        """Read an expression. Raises PydanticCustomError of a lint rule's name, with a column where there is one.

        `offset` is added to every column: where the expression begins in the author's text.
        """
        return _Compiler(text, offset).compile()

    def evaluate(self, scope: Mapping[str, Any]) -> Json:
        """Its value. Raises FlowError `expr.undefined` or `expr.type`."""
        return self._run(scope)  # type: ignore[no-any-return]


def _lookup(base: Any, key: Any, spelled: str) -> Any:
    """One key of a map or index of a list, told slowly and well when it is not there."""
    if isinstance(base, Mapping):
        found = base.get(key, _ABSENT) if isinstance(key, str) else _ABSENT
        if found is not _ABSENT:
            return found
        names = [name for name in base if isinstance(name, str) and not name.startswith("@")]
        raise FlowError("expr.undefined", f"{spelled} is not defined{did_you_mean(str(key), names)}")
    if isinstance(base, list | tuple):
        if isinstance(key, bool) or not isinstance(key, int):
            raise wrong_type(f"{spelled}: a list is indexed by a whole number")
        if -len(base) <= key < len(base):
            return base[key]
        raise FlowError("expr.undefined", f"{spelled} is not defined: the list has {len(base)} items")
    raise FlowError("expr.undefined", f"{spelled} is not defined: there is no map before it but {type_word(base)}")


def dotted_path(node: ast.AST) -> tuple[str, ...] | None:
    """The dotted path of `a.b['c']`, or None for what is no such path."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=key) | ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            base = dotted_path(value)
            return base and (*base, key)
    return None


class _Compiler:
    """Turns one text into closures."""

    def __init__(self, text: str, offset: int) -> None:
        self.source = text.strip()
        self.text = self.source.replace("\n", " ").replace("\r", " ").replace("\t", " ")
        self.offset = offset + len(text) - len(text.lstrip())
        self.reads: list[Read] = []
        self.guarded = 0

    def error(self, rule: str, message: str, node: ast.AST | int) -> PydanticCustomError:
        column = node if isinstance(node, int) else self.column(node)
        return PydanticCustomError(rule, "{message}", {"message": message, "column": self.offset + column + 1})

    def column(self, node: ast.AST) -> int:
        return len(self.text.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))

    def compile(self) -> Expression:
        if not self.text:
            raise self.error("expr-syntax", "the expression is empty", 0)
        if len(self.text) > MAX_LENGTH:
            raise self.error("expr-unsupported", f"an expression has at most {MAX_LENGTH} characters", 0)
        tree = self.parse()
        run = self.node(tree, 1)
        return Expression(
            self.source, frozenset(read.path for read in self.reads), tuple(self.reads), tree, self.offset, run
        )

    def parse(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python warns of "\d" in a text; a pattern may well hold one
                tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            column = min(max((error.offset or 1) - 1, 0), len(self.text))
            advice, column = syntax_advice(self.text, column, error)
            raise self.error("expr-syntax", f"cannot read the expression: {advice}", column) from None
        except (ValueError, RecursionError, MemoryError):
            message = "cannot read the expression: it is nested too deeply or holds a NUL"
            raise self.error("expr-syntax", message, 0) from None
        end = tree.end_col_offset or 0
        rest = self.text.encode()[end:].decode(errors="ignore")
        if "#" in rest:
            raise self.error("expr-syntax", "cannot read the expression: nothing may follow it, also no # comment", end)
        return tree

    def node(self, node: ast.expr, depth: int) -> Run:
        if depth > MAX_DEPTH:
            raise self.error("expr-unsupported", f"the expression is nested more than {MAX_DEPTH} deep", node)
        depth += 1
        match node:
            case ast.Constant(value=value):
                return self.constant(node, value)
            case ast.Name(id=name) if name in CONSTANTS:
                constant = CONSTANTS[name]
                return lambda _: constant
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return self.lookup(node, depth)
            case ast.BoolOp(op=op, values=values):
                return self.logic(isinstance(op, ast.And), [self.node(value, depth) for value in values])
            case ast.UnaryOp(op=op, operand=operand):
                return self.unary(node, op, self.node(operand, depth))
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(node, op, self.node(left, depth), self.node(right, depth))
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self.comparison(node, ops, [self.node(item, depth) for item in [left, *comparators]])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                condition, then, otherwise = (self.node(item, depth) for item in (test, body, orelse))
                return lambda scope: then(scope) if condition(scope) else otherwise(scope)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return self.list_literal(items, depth)
            case ast.Dict(keys=keys, values=values):
                return self.map_literal(node, keys, values, depth)
            case ast.Call():
                return self.call(node, depth)
        raise self.error("expr-unsupported", f"{name_of(node)} cannot be used in an expression", node)

    def constant(self, node: ast.expr, value: Any) -> Run:
        if not isinstance(value, str | int | float | None) or (isinstance(value, str) and "\0" in value):
            raise self.error("expr-unsupported", f"{name_of(node)} cannot be used in an expression", node)
        if isinstance(value, int | float) and not value < NUMBER_LIMIT:
            raise self.error("expr-unsupported", "the number is too large", node)
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise self.error("expr-unsupported", "the text holds half a character", node)
        return lambda _: value

    def lookup(self, node: ast.Name | ast.Attribute | ast.Subscript, depth: int) -> Run:
        path = dotted_path(node)
        if path is not None and path[0] not in CONSTANTS:
            if len(path) > MAX_DEPTH:
                raise self.error("expr-unsupported", f"the expression is nested more than {MAX_DEPTH} deep", node)
            self.reads.append(Read(path, self.offset + self.column(node) + 1, self.guarded > 0))
            return _path_reader(path)
        if isinstance(node, ast.Name):
            return _path_reader((node.id,))
        base = self.node(node.value, depth)
        spelled = ast.unparse(node)
        if isinstance(node, ast.Attribute):
            key = node.attr
            return lambda scope: _lookup(base(scope), key, spelled)
        if isinstance(node.slice, ast.Slice):
            raise self.error("expr-unsupported", "write slice(x, start, end) instead of x[start:end]", node.slice)
        index = self.node(node.slice, depth)
        return lambda scope: _lookup(base(scope), index(scope), spelled)

    def logic(self, is_and: bool, parts: list[Run]) -> Run:
        if len(parts) == 2:
            left, right = parts
            if is_and:
                return lambda scope: left(scope) and right(scope)
            return lambda scope: left(scope) or right(scope)

        def run(scope: Scope) -> Any:
            found = None
            for part in parts:
                found = part(scope)
                if bool(found) is not is_and:
                    return found
            return found

        return run

    def unary(self, node: ast.expr, op: ast.unaryop, operand: Run) -> Run:
        if isinstance(op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(op, ast.USub):
            return lambda scope: negated(operand(scope))
        raise self.error("expr-unsupported", "+ and ~ in front of a value cannot be used in an expression", node)

    def binary(self, node: ast.expr, op: ast.operator, left: Run, right: Run) -> Run:
        operation = OPERATIONS.get(type(op))
        if operation is None:
            raise self.error("expr-unsupported", f"{name_of(op)} cannot be used in an expression", node)
        return lambda scope: operation(left(scope), right(scope))

    def comparison(self, node: ast.expr, ops: list[ast.cmpop], operands: list[Run]) -> Run:
        tests = []
        for op in ops:
            test = COMPARISONS.get(type(op))
            if test is None:
                raise self.error("expr-unsupported", 'write "==" and "!=" instead of "is" and "is not"', node)
            tests.append(test)
        if len(tests) == 1:
            only, left, right = tests[0], *operands
            return lambda scope: only(left(scope), right(scope))

        def run(scope: Scope) -> bool:
            value = operands[0](scope)
            for test, operand in zip(tests, operands[1:], strict=True):
                other = operand(scope)
                if not test(value, other):
                    return False
                value = other
            return True

        return run

    def list_literal(self, items: list[ast.expr], depth: int) -> Run:
        parts = [self.node(item, depth) for item in items]
        return lambda scope: bounded([part(scope) for part in parts])

    def map_literal(self, node: ast.expr, keys: list[ast.expr | None], values: list[ast.expr], depth: int) -> Run:
        words = []
        for key in keys:
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                raise self.error("expr-unsupported", "the keys of a map are texts in quotes", key or node)
            self.constant(key, key.value)
            words.append(key.value)
        parts = [self.node(value, depth) for value in values]
        return lambda scope: bounded({word: part(scope) for word, part in zip(words, parts, strict=True)})

    def call(self, node: ast.Call, depth: int) -> Run:
        if not isinstance(node.func, ast.Name):
            raise self.error("expr-unsupported", "values have no methods; write a function such as upper(x)", node.func)
        name = node.func.id
        function = FUNCTIONS.get(name)
        if function is None:
            raise self.error("unknown-function", f'no function "{name}"{did_you_mean(name, FUNCTIONS)}', node.func)
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.error("expr-unsupported", f"write the arguments in order: {function.signature}", node)
        count = len(node.args)
        if count < function.least or (function.most is not None and count > function.most):
            raise self.error("expr-type", f"{name} is called as {function.signature}", node)
        if name == "matches":
            self.check_pattern(node.args[1])
        self.guarded += function.lazy
        arguments = [self.node(argument, depth) for argument in node.args]
        self.guarded -= function.lazy
        return _caller(function, arguments)

    def check_pattern(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            raise self.error("bad-pattern", "write the pattern in quotes: it is checked when the flow is loaded", node)
        try:
            Pattern.compile(node.value)
        except PydanticCustomError as error:
            raise self.error(error.type, error.message(), node) from None


def _path_reader(path: tuple[str, ...]) -> Run:
    """A closure that reads a dotted path: fast when it is there, with a good message when it is not."""

    def explain(scope: Scope) -> Any:
        value = _lookup(scope, path[0], path[0])
        for place, key in enumerate(path[1:], 2):
            value = _lookup(value, key, ".".join(path[:place]))
        return value

    if len(path) == 2:
        root, leaf = path

        def read_two(scope: Scope) -> Any:
            try:
                return scope[root][leaf]
            except (KeyError, TypeError):
                return explain(scope)

        return read_two

    def read(scope: Scope) -> Any:
        try:
            value: Any = scope
            for key in path:
                value = value[key]
            return value
        except (KeyError, TypeError):
            return explain(scope)

    return read


def _caller(function: Function, arguments: list[Run]) -> Run:
    run = function.run
    if function.lazy:
        return lambda scope: run(*[_later(argument, scope) for argument in arguments])
    if function.name == "matches":
        pattern = Pattern.compile(arguments[1]({}))

        def match_it(scope: Scope) -> bool:
            value = arguments[0](scope)
            function.check_types([value])
            return pattern.matches(value)

        return match_it

    def call(scope: Scope) -> Any:
        values = [argument(scope) for argument in arguments]
        function.check_types(values)
        return run(scope, *values) if function.scoped else run(*values)

    return call


def _later(argument: Run, scope: Scope) -> Callable[[], Any]:
    return lambda: argument(scope)
