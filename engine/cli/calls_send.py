"""`switchboard calls send`: send a live call into another flow."""

import argparse

from engine.cli.calls_dial import add_inputs, control_of

HELP = "send a live call into another flow"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which call and where."""
    parser.add_argument("call", metavar="ID", help="the call's id")
    parser.add_argument("flow", help="a flow of the call's tenant")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Have it sent. Raises ControlError when that is not possible."""
    from engine.core.control import FlowOrder
    from engine.core.ids import CallId

    with control_of(options) as control:
        control.send(FlowOrder(CallId(options.call), options.flow, None, dict(options.input)))
    return 0
