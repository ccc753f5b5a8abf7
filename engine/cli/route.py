"""`switchboard route`: what the dial plan would do with a call, and why."""

import argparse
import json
from dataclasses import asdict

from engine.cli.project_choice import add_project, add_time, chosen_bundle, chosen_time

HELP = "say which flow a number reaches, and why"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the call."""
    parser.add_argument("number", help="the number called, as it arrives or as people write it")
    parser.add_argument("--caller", default="", help="the caller's number")
    parser.add_argument("--trunk", default="", help="the trunk the call comes by")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_time(parser)
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    """Print the flow and every rule looked at; 1 when no rule claims the number."""
    from rich.table import Table
    from rich.text import Text

    from engine.cli.screen import console

    bundle = chosen_bundle(options)
    at = chosen_time(options.at, bundle.project.timezone)
    route = bundle.dialplan.route(options.number, options.caller, options.trunk, at, bundle.calendars, {}, explain=True)
    if options.json:
        print(json.dumps(asdict(route), indent=2))
        return int(not route.claimed)
    screen = console()
    number = route.called_e164 or options.number
    if route.claimed:
        inputs = "".join(f" {name}={value!r}" for name, value in route.inputs.items())
        place = f"{route.place.file}:{route.place.line}"
        screen.print(Text.assemble((number, "bold"), " -> flow ", (route.flow, "bold green"), inputs))
        screen.print(f'by the rule "{route.rule}", {place}')
    else:
        screen.print(Text.assemble((number, "bold"), " -> no rule claims it; flow ", (route.flow, "bold yellow")))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("rule", "", "why", "where"):
        table.add_column(column)
    for looked in route.trace:
        mark = Text("holds", "green") if looked.holds else Text("no", "dim")
        table.add_row(Text(looked.rule), mark, Text(looked.reason), f"{looked.place.file}:{looked.place.line}")
    if route.trace:
        screen.print()
        screen.print(table)
    return int(not route.claimed)
