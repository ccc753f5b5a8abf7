"""The source files the rules are about."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "engine"
TESTS = ROOT / "tests"


def modules(folder: Path = ENGINE) -> list[Path]:
    """Every Python file of a folder."""
    return sorted(folder.rglob("*.py"))


def shown(path: Path) -> str:
    """A file as people name it."""
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a file's code with its line; not its docstrings."""
    described = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            described.add(node.value)  # also the docstrings under attributes
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in described:
            yield node.lineno, node.value
