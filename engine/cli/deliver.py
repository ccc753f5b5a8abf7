"""`switchboard deliver`: bring events to webhooks, beside the engine or on machines of its own."""

import argparse
import signal
from contextlib import ExitStack
from urllib.parse import urlsplit

from engine.cli.project_choice import chosen_settings

HELP = "deliver events to webhooks until stopped"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add how it ends."""
    parser.add_argument(
        "--supervised", action="store_true", help="end when standard input does, as the engine that starts it wants"
    )


def run(options: argparse.Namespace) -> int:
    """Deliver; returns after SIGTERM or SIGINT, 1 when a part of it failed."""
    import gc

    import gevent

    from engine.cli.events import redis_address
    from engine.shell.delivery.process import DeliverProcess
    from engine.shell.delivery.transport import Transport
    from engine.shell.supervisor import when_parent_ends
    from engine.shell.telemetry import hide, logger, start_telemetry

    settings = chosen_settings(options)
    writer = start_telemetry(settings.log.level, settings.log.format)
    hide(urlsplit(settings.redis_url.get_secret_value()).password or "")
    hide(settings.installation_key.get_secret_value())
    with ExitStack() as stack:
        stack.callback(writer.close)
        url = stack.enter_context(redis_address(settings))
        process = DeliverProcess(settings, url, Transport(settings.webhooks))
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, process.stopped.set)
        if options.supervised:
            when_parent_ends(process.stopped.set)
        stack.callback(process.stop)
        process.start()
        logger().info("delivers events to webhooks", process=process.name)
        gc.collect()
        gc.freeze()  # what is here now stays: a later collection need not look at it
        process.stopped.wait()
    return int(process.failed)
