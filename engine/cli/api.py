"""`switchboard api`: serve the HTTP API, beside the engine or on machines of its own."""

import argparse

from engine.cli import beside_process

HELP = "serve the HTTP API until stopped"

arguments = beside_process.arguments


def run(options: argparse.Namespace) -> int:
    """Serve; returns after SIGTERM or SIGINT."""
    from engine.shell.serving.process import ApiProcess
    from engine.shell.telemetry import logger

    beside_process.serve(
        options, ApiProcess, lambda process: logger().info("serves the API", address=process.address)
    )  # fmt: skip
    return 0
