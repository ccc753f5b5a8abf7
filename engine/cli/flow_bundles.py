"""`switchboard flow bundles`: the versions of the flows that Redis keeps, and how many live calls run each."""

import argparse
import json
from dataclasses import asdict

from engine.cli.project_choice import add_project, chosen_folder, chosen_settings

HELP = "list versions of the flows with their live calls"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the project and the form."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    """Print them."""
    from rich.table import Table
    from rich.text import Text

    from engine.cli.events import redis_address
    from engine.cli.screen import console
    from engine.shell.kept_bundles import KeptBundles
    from engine.shell.project_files import load_project
    from engine.shell.store import connect

    settings = chosen_settings(options)
    with redis_address(settings) as url:
        known = KeptBundles(connect(url)).known()
    own = load_project(chosen_folder(options), settings.tenant).bundle
    if options.json:
        for kept in known:
            print(json.dumps({**asdict(kept), "current": own is not None and kept.id == own.id}))
        return 0
    screen = console()
    if not known:
        screen.print("Redis keeps no version of the flows: no engine has run yet")
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("version", "live calls", "flows", "kept for", ""):
        table.add_column(name, justify="right" if name in ("live calls", "flows") else "left")
    for kept in known:
        remark = Text("as the files are now", "green") if own is not None and kept.id == own.id else Text("")
        if not kept.kept:
            remark = Text("no longer kept: these calls cannot be taken over", "bold red")
        table.add_row(
            Text(kept.id, "bold"), f"{kept.calls:,}" if kept.calls else "-", str(kept.flows) if kept.kept else "",
            time_left(kept.expires) if kept.kept else "", remark,
        )  # fmt: skip
    screen.print(table)
    return 0


def time_left(seconds: float | None) -> str:
    """A time in its two largest units."""
    if seconds is None:
        return "ever"
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"
