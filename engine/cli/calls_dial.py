"""`switchboard calls dial`: ring somebody, and serve who answers by a flow."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.cli.project_choice import chosen_settings

if TYPE_CHECKING:
    from engine.core.control import Control
    from engine.core.signals import Json

HELP = "ring somebody, and serve who answers by a flow"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom, by which flow and how."""
    parser.add_argument("to", help="a number, gateway/NAME/NUMBER, user/NAME or sip:NAME@HOST")
    parser.add_argument("flow", help="the flow for who answers")
    add_inputs(parser)
    parser.add_argument("--caller", default="", metavar="NUMBER", help="the number their phone shows")
    parser.add_argument("--caller-name", default="", metavar="NAME", help="the name their phone shows")
    parser.add_argument("--ring-time", type=float, default=30.0, metavar="SECONDS", help="time to ring (default 30)")
    parser.add_argument("--max-duration", type=float, default=0.0, metavar="SECONDS", help="end the call then")
    parser.add_argument("--switch", default="", metavar="NAME", help="from here (default: where the fewest calls are)")


def run(options: argparse.Namespace) -> int:
    """Place it and print its id. Raises ControlError, or StoreError when Redis cannot be reached."""
    from engine.core.control import DialOrder

    order = DialOrder(
        options.to, options.flow, None, dict(options.input), options.caller, options.caller_name, options.ring_time,
        options.max_duration, options.switch,
    )  # fmt: skip
    with control_of(options) as control:
        print(control.dial(order).call)
    return 0


@contextmanager
def control_of(options: argparse.Namespace) -> "Iterator[Control]":
    """The engines of the installation a command is about, for the operator."""
    from engine.cli.events import redis_address
    from engine.shell.control.remote import RemoteControl

    with redis_address(chosen_settings(options)) as url:
        control = RemoteControl(url)
        try:
            yield control
        finally:
            control.close()


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add `--input`."""
    parser.add_argument(
        "--input", type=one_input, action="append", default=[], metavar="NAME=TEXT",
        help="an input of the flow; NAME:=JSON for what is no text",
    )  # fmt: skip


def one_input(text: str) -> "tuple[str, Json]":
    """An input as written: `who=Zoe`, `times:=3`. Raises ArgumentTypeError."""
    name, equals, value = text.partition("=")
    if not equals or not name.rstrip(":"):
        raise argparse.ArgumentTypeError("write NAME=TEXT, or NAME:=JSON")
    if not name.endswith(":"):
        return name, value
    try:
        return name[:-1], json.loads(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{name[:-1]}: no JSON: {error}") from None
