"""Serve a simulated switch until SIGTERM or SIGINT: `python -m engine.sim.serve --user NAME:PASSWORD ...`."""

from __future__ import annotations

# The process belongs to gevent from its first line on.
from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import argparse
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import gevent
from gevent.event import Event as Signal

from engine.sim import SimSettings, Simulation
from engine.sim.simulation import BANNER


def serve(settings: SimSettings) -> None:
    """Start, print one JSON line with the ports, and serve until told to stop."""
    stopped = Signal()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stopped.set)
    with Simulation(settings) as simulation:
        ports = {
            "ready": True,
            "what": BANNER,
            "host": settings.host,
            "esl_port": simulation.esl_port,
            "trunk_sip_port": simulation.trunk_sip_port,
            "agent_sip_port": simulation.agent_sip_port,
        }
        sys.stdout.write(json.dumps(ports) + "\n")
        sys.stdout.flush()
        stopped.wait()


def settings_of(arguments: Sequence[str]) -> SimSettings:
    """The settings a command line asks for; exits with a usage text when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m engine.sim.serve", description=BANNER)
    defaults = SimSettings()
    parser.add_argument("--host", default=defaults.host)
    parser.add_argument("--esl-port", type=int, default=0)
    parser.add_argument("--esl-password", default=defaults.esl_password)
    parser.add_argument("--trunk-sip-port", type=int, default=0)
    parser.add_argument("--agent-sip-port", type=int, default=0)
    parser.add_argument("--rtp-ports", default=f"{defaults.rtp_ports[0]}-{defaults.rtp_ports[1]}", metavar="FIRST-LAST")
    parser.add_argument("--sounds-dir", type=Path)
    parser.add_argument("--music-dir", type=Path)
    parser.add_argument("--user", action="append", default=[], metavar="NAME:PASSWORD")
    parser.add_argument("--gateway", action="append", default=[], metavar="NAME=HOST:PORT")
    parser.add_argument("--domain", default=defaults.domain)
    parser.add_argument("--treatment-after", type=float, default=defaults.treatment_after, metavar="SECONDS")
    parser.add_argument("--media-timeout", type=float, default=defaults.media_timeout, metavar="SECONDS")
    parser.add_argument("--heartbeat-seconds", type=float, default=defaults.heartbeat_seconds)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(arguments)
    first, _, last = options.rtp_ports.partition("-")
    if not (first.isdigit() and last.isdigit() and int(first) + 2 < int(last)):
        parser.error("--rtp-ports wants FIRST-LAST")
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    return SimSettings(
        host=options.host,
        esl_port=options.esl_port,
        esl_password=options.esl_password,
        trunk_sip_port=options.trunk_sip_port,
        agent_sip_port=options.agent_sip_port,
        rtp_ports=(int(first), int(last)),
        sounds_dir=options.sounds_dir,
        music_dir=options.music_dir,
        users=_pairs(parser, options.user, ":"),
        gateways=_pairs(parser, options.gateway, "="),
        domain=options.domain,
        treatment_after=options.treatment_after,
        media_timeout=options.media_timeout,
        heartbeat_seconds=options.heartbeat_seconds,
    )


def _pairs(parser: argparse.ArgumentParser, texts: Sequence[str], separator: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, found, value = text.partition(separator)
        if not found or not name:
            parser.error(f"{text!r} is not NAME{separator}VALUE")
        pairs[name] = value
    return pairs


if __name__ == "__main__":
    serve(settings_of(sys.argv[1:]))
