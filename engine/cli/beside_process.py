"""What the processes beside the engine have in common: how they begin, what ends them, what they never write."""

import argparse
import signal
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from engine.cli.project_choice import chosen_settings

if TYPE_CHECKING:
    from gevent.event import Event

    from engine.config import Settings


class BesideProcess(Protocol):
    """One of them. It is done when `stopped` is set."""

    stopped: "Event"

    def start(self) -> None:
        """Begin; raises an EngineError or OSError when it cannot."""

    def stop(self) -> None:
        """End in order."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add how it ends."""
    parser.add_argument(
        "--supervised", action="store_true", help="end when standard input does, as the engine that starts it wants"
    )


Process = TypeVar("Process", bound=BesideProcess)


def serve(
    options: argparse.Namespace, make: "Callable[[Settings, str], Process]", started: Callable[[Process], None]
) -> Process:
    """Make the process with the settings and the address of Redis, and run it until a signal or its parent ends it."""
    import gc

    import gevent

    from engine.cli.events import redis_address
    from engine.shell.supervisor import when_parent_ends
    from engine.shell.telemetry import hide, start_telemetry

    settings = chosen_settings(options)
    writer = start_telemetry(settings.log.level, settings.log.format)
    hide(urlsplit(settings.redis_url.get_secret_value()).password or "")
    hide(settings.installation_key.get_secret_value())
    with ExitStack() as stack:
        stack.callback(writer.close)
        process = make(settings, stack.enter_context(redis_address(settings)))
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, process.stopped.set)
        if options.supervised:
            when_parent_ends(process.stopped.set)
        stack.callback(process.stop)
        process.start()
        started(process)
        gc.collect()
        gc.freeze()  # what is here now stays: a later collection need not look at it
        process.stopped.wait()
    return process
