"""The terminal: texts of others are shown as they are."""

import re

import pytest

from engine.cli.screen import clock, console, progress_bar


def test_texts_are_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("[bold]x[/bold] :smile: 12")
    assert capsys.readouterr().out == "[bold]x[/bold] :smile: 12\n"


def test_a_clock_has_milliseconds() -> None:
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", clock(1_800_000_000.1239))


def test_progress_is_countable(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(console()) as progress:
        progress.update(progress.add_task("work", total=3), completed=3)
    assert "3/3" in capsys.readouterr().out
