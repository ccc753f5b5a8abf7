"""Modules are small, well named, described, and each has its test at the mirrored place."""

import ast
import re
from pathlib import Path

import pytest

from tests.rules.source import ENGINE, ROOT, TESTS, modules, shown, tree

MOST_LINES = 400
VAGUE = re.compile(r"(^|_)(utils?|helpers?|manager|common|handler|data|info|misc)(_|$)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


@pytest.mark.parametrize("path", [*modules(), *modules(TESTS)], ids=shown)
def test_no_module_is_long(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MOST_LINES, f"{lines} lines: give one of its ideas a module of its own"


def is_only_a_marker(path: Path) -> bool:
    """Whether a package's `__init__` holds nothing but words and names of others."""
    kinds = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign)
    return path.name == "__init__.py" and all(isinstance(node, kinds) for node in tree(path).body)


def mirrored(path: Path) -> Path:
    """Where the test of a module belongs."""
    name = {"__init__": "init", "__main__": "main"}.get(path.stem, path.stem)
    return TESTS / path.parent.relative_to(ENGINE) / f"test_{name}.py"


@pytest.mark.parametrize("path", [path for path in modules() if not is_only_a_marker(path)], ids=shown)
def test_every_module_has_its_test(path: Path) -> None:
    assert mirrored(path).is_file(), f"{shown(path)} needs {shown(mirrored(path))}"


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert (ast.get_docstring(tree(path)) or "").strip(" .\n")


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_names_say_something(path: Path) -> None:
    for part in (*path.parent.relative_to(ROOT).parts, path.stem):
        assert not VAGUE.search(part), f"{part} says nothing"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            words = re.sub(r"(?<!^)(?=[A-Z])", "_", node.name).lower()
            assert not VAGUE.search(words), f"{node.name} says nothing"


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_nothing_is_left_for_later(path: Path) -> None:
    assert not UNFINISHED.search(path.read_text("utf-8"))


def test_the_rules_can_fail() -> None:
    assert VAGUE.search("call_manager")
    assert VAGUE.search("utils")
    assert not VAGUE.search("database")
    assert UNFINISHED.search("# TODO: later")
    assert mirrored(ENGINE / "flow/kinds/menu.py") == TESTS / "flow/kinds/test_menu.py"
