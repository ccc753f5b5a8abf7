"""The terminal: one console for all commands, plain when the output is not a terminal."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.tree import Tree

SEVERITY = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def console(*, stderr: bool = False) -> "Console":
    """A console; texts of authors and callers are never taken for markup."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


PIPE_WIDTH = 1000
"""Characters from which on a line for a program is broken, too."""


def print_tree(screen: "Console", tree: "Tree") -> None:
    """Print a tree: a terminal breaks long lines within their branch, a program gets them whole."""
    if screen.is_terminal:
        screen.print(tree, soft_wrap=False)
        return
    for line in screen.render_lines(tree, screen.options.update_width(PIPE_WIDTH), pad=False):
        screen.print("".join(segment.text for segment in line).rstrip())


def progress_bar(screen: "Console") -> "Progress":
    """A progress bar that shows how many are done and how long it still takes."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=screen
    )


def clock(at: float) -> str:
    """A time of day with milliseconds, local."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


def day_and_time(at: float) -> str:
    """A day and a time to the minute, local."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
