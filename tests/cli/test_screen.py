"""The terminal: texts of others are shown as they are."""

import re
from io import StringIO

import pytest
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from engine.cli.screen import clock, console, print_tree, progress_bar


def test_texts_are_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("[bold]x[/bold] :smile: 12")
    assert capsys.readouterr().out == "[bold]x[/bold] :smile: 12\n"


def test_a_clock_has_milliseconds() -> None:
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", clock(1_800_000_000.1239))


def test_progress_is_countable(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(console()) as progress:
        progress.update(progress.add_task("work", total=3), completed=3)
    assert "3/3" in capsys.readouterr().out


def test_a_tree_is_whole_for_a_program_and_broken_within_its_branch_in_a_terminal() -> None:
    tree = Tree("root")
    tree.add(Text("word " * 60))
    tree.add(Text("next [b]"))
    for terminal in (False, True):
        out = StringIO()
        print_tree(Console(file=out, force_terminal=terminal, width=80, markup=False, soft_wrap=True), tree)
        lines = out.getvalue().splitlines()
        assert sum(line.count("word") for line in lines) == 60
        assert any("next [b]" in line for line in lines)
        assert (len(lines) > 3) == terminal
        assert all(len(line) <= 80 for line in lines) == terminal
