"""`switchboard calls hangup`: end a live call."""

import argparse

from engine.cli.calls_dial import control_of

HELP = "end a live call"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which call and how."""
    parser.add_argument("call", metavar="ID", help="the call's id")
    parser.add_argument("--cause", default="NORMAL_CLEARING", help="what the other side is told, as USER_BUSY")
    parser.add_argument("--reason", default="", metavar="TEXT", help="comes back in call.ended")


def run(options: argparse.Namespace) -> int:
    """Have it ended. Raises ControlError when that is not possible."""
    from engine.core.control import HangUpOrder
    from engine.core.ids import CallId

    with control_of(options) as control:
        control.hang_up(HangUpOrder(CallId(options.call), None, options.cause, options.reason))
    return 0
