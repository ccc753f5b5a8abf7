"""`switchboard prompts status`: every prompt in every language: recorded, spoken and ready, or missing."""

import argparse

from engine.cli.project_choice import add_project, chosen_bundle, chosen_settings

HELP = "list prompts: recorded, spoken, missing, unused"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the project."""
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    """Print the table; 1 when a prompt that is used is missing."""
    from rich.table import Table
    from rich.text import Text

    from engine.cli.screen import console
    from engine.core.prompts import Speech
    from engine.shell.prompt_stock import stock
    from engine.shell.prompts import Prompts

    entries = stock(chosen_bundle(options))
    prompts = Prompts(chosen_settings(options))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("prompt", "language", "form", "ready", "used by"):
        table.add_column(column, overflow="ellipsis", max_width=60)
    missing = ready = spoken = 0
    for entry in entries:
        is_ready = entry.form == "recorded"
        if isinstance(entry.item, Speech) and entry.form == "spoken":
            spoken += 1
            is_ready = prompts.path(entry.item).exists()
            ready += is_ready
        missing += entry.form == "missing" and bool(entry.flows)
        style = {"missing": "red", "recorded": "green"}.get(entry.form, "")
        used = ", ".join(entry.flows) or "-"
        table.add_row(Text(entry.name), entry.language, Text(entry.form, style), "yes" if is_ready else "", Text(used))
    screen = console()
    screen.print(table)
    screen.print(f"\n{len(entries)} prompts; {ready} of {spoken} spoken ones are rendered; {missing} missing")
    return int(bool(missing))
