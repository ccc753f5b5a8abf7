"""`switchboard deliver`: bring events to webhooks, beside the engine or on machines of its own."""

import argparse
from typing import TYPE_CHECKING

from engine.cli import beside_process

if TYPE_CHECKING:
    from engine.config import Settings
    from engine.shell.delivery.process import DeliverProcess

HELP = "deliver events to webhooks until stopped"

arguments = beside_process.arguments


def run(options: argparse.Namespace) -> int:
    """Deliver; returns after SIGTERM or SIGINT, 1 when a part of it failed."""
    from engine.shell.telemetry import logger

    process = beside_process.serve(
        options, _made, lambda process: logger().info("delivers events to webhooks", process=process.name)
    )
    return int(process.failed)


def _made(settings: "Settings", redis_url: str) -> "DeliverProcess":
    from engine.shell.delivery.process import DeliverProcess
    from engine.shell.delivery.transport import Transport

    return DeliverProcess(settings, redis_url, Transport(settings.webhooks))
