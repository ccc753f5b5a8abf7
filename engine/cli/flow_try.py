"""`switchboard flow try`: talk to a flow in the terminal. The same machine as in a live call, without a switch."""

import argparse
import json
from pathlib import Path

from engine.cli.project_choice import add_project, add_time, chosen_bundle, chosen_time
from engine.core.errors import ControlError
from engine.core.signals import Json

HELP = "talk to a flow in the terminal, without a switch"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flow and the call."""
    parser.add_argument("flow", nargs="?", help="name of the flow (default: the one --number reaches)")
    parser.add_argument("--number", default="+442079460000", help="the number called")
    parser.add_argument("--caller", default="+442079460123", help="the caller's number")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=VALUE", help="an input of the flow")
    parser.add_argument("--quiet", action="store_true", help="only what the caller hears and presses")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the dialogue as a test, for `flow test`")
    add_time(parser)
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    """Hold the dialogue; 1 when the flow ended in an error."""
    from engine.cli.conversation.talk import KEYS, Setting, Talk
    from engine.cli.screen import console

    if options.record is not None and options.record.exists():
        raise ControlError(f"{options.record}: the file exists; name one that does not")
    bundle = chosen_bundle(options)
    at = chosen_time(options.at, bundle.project.timezone)
    name, inputs = options.flow, {}
    if name is None:
        route = bundle.dialplan.route(options.number, options.caller, "", at, bundle.calendars, {})
        name, inputs = route.flow, route.inputs
    if name not in bundle.flows:
        raise ControlError(f"no flow {name} (known: {', '.join(sorted(bundle.flows))})")
    inputs |= dict(_input(text) for text in options.input)
    screen = console()
    talk = Talk(screen, bundle, Setting(name, at, options.caller, options.number, inputs), quiet=options.quiet)
    screen.print(f"flow {name}, called by {options.caller}. {KEYS}\n", style="dim")
    code = talk.hold()
    if options.record is not None:
        try:
            options.record.write_text(talk.recorded(), "utf-8")
        except OSError as error:
            raise ControlError(f"{options.record}: {error.strerror or error}") from None
        screen.print(f"recorded in {options.record}", style="dim")
    return code


def _input(text: str) -> tuple[str, Json]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ControlError(f"--input {text}: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
