"""`switchboard run`: serve calls until told to stop. Without a configured switch it serves the simulated one."""

import argparse
import gc
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.cli.project_choice import chosen_settings
from engine.core.errors import SettingsError

if TYPE_CHECKING:
    from engine.config import Settings
    from engine.flow.bundle import Bundle
    from engine.sim import Simulation

HELP = "serve calls until stopped"
MOST_NUMBERS = 8
FORCED = 130


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can differ from the settings."""
    parser.add_argument("--project", type=str, metavar="FOLDER", help="folder with ivr_flows/ and dialplans/")


def run(options: argparse.Namespace) -> int:
    """Serve; returns after SIGTERM or SIGINT, with calls left on their switches for the next engine."""
    import gevent
    from gevent.event import Event

    from engine.shell.engine import Engine
    from engine.shell.sole_engine import sole_engine
    from engine.shell.telemetry import hide, start_telemetry

    settings = chosen_settings(options)
    if options.project:
        from pathlib import Path

        settings = settings.model_copy(update={"project_dir": Path(options.project).resolve()})
    if not (settings.project_dir / "ivr_flows").is_dir():
        raise SettingsError(
            f"project_dir: {settings.project_dir} has no folder ivr_flows; name the folder of the project "
            "(SWITCHBOARD_PROJECT_DIR, or --project)"
        )
    writer = start_telemetry(settings.log.level, settings.log.format)
    for switch in settings.switches:
        hide(switch.read_password())
    hide(urlsplit(settings.redis_url.get_secret_value()).password or "")
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, _stop, stopping)
    with ExitStack() as stack:
        stack.callback(writer.close)
        stack.enter_context(sole_engine(settings.state_dir, settings.name))
        simulation = None
        if not settings.switches:
            settings, simulation = with_simulation(settings, stack)
        engine = Engine(settings)
        stack.callback(engine.stop)
        engine.start()
        engine.wait_up(5.0)
        start_children(settings, engine.redis_url, options, stack)
        gc.collect()
        gc.freeze()  # what is here now stays: a later collection need not look at it
        writer.write(banner(settings, engine.bundle, simulation).encode() + b"\n")  # in its order among the lines
        stopping.wait()
    return 0


def _stop(stopping: "gevent.event.Event") -> None:  # type: ignore[name-defined]  # noqa: F821
    """The first signal stops in order, the second one at once."""
    if stopping.is_set():
        sys.exit(FORCED)
    stopping.set()


def start_children(settings: "Settings", redis_url: str, options: argparse.Namespace, stack: ExitStack) -> None:
    """Start what serves beside the engine, in processes of its own, so that nothing there can hold up a call."""
    from engine.shell.supervisor import Supervisor

    environment = {"SWITCHBOARD_REDIS_URL": redis_url, "SWITCHBOARD_PROJECT_DIR": str(settings.project_dir)}
    children = Supervisor(environment)
    stack.callback(children.stop)
    arguments = ["--config", str(options.config)] if options.config else []
    for name, wanted in (("deliver", settings.webhooks.embedded), ("api", settings.api.embedded)):
        if wanted:
            children.keep(name, arguments)


def with_simulation(settings: "Settings", stack: ExitStack) -> "tuple[Settings, Simulation]":
    """Start the simulated switch; the settings then name it. Raises SettingsError when a port is taken."""
    import secrets
    from pathlib import Path

    from pydantic import SecretStr

    from engine.config import Switch
    from engine.sim import SimSettings, Simulation

    password = secrets.token_urlsafe(24)
    sim = settings.sim
    music = Path("/usr/share/asterisk/moh")
    simulation = Simulation(
        SimSettings(
            host=sim.host, esl_port=sim.esl_port, esl_password=password, trunk_sip_port=sim.sip_port,
            agent_sip_port=sim.agent_sip_port, domain=sim.domain, music_dir=music if music.is_dir() else None,
            users={name: word.get_secret_value() for name, word in sim.users.items()},
        )
    )  # fmt: skip
    try:
        stack.enter_context(simulation)
    except OSError as error:
        raise SettingsError(
            f"the simulated switch cannot take its ports ({error.strerror}); "
            "give it others: SWITCHBOARD_SIM__SIP_PORT and SWITCHBOARD_SIM__AGENT_SIP_PORT, 0 for any free one"
        ) from None
    switch = Switch(
        name="simulated", host=sim.host, port=simulation.esl_port, password=SecretStr(password), domain=sim.domain
    )
    return settings.model_copy(update={"switches": (switch,)}), simulation


def banner(settings: "Settings", bundle: "Bundle", simulation: "Simulation | None") -> str:
    """What somebody who just started the engine wants to know."""
    from engine import __version__

    host = settings.sim.host
    lines = ["", f"Switchboard {__version__} serves {bundle.project.name or 'the project'} (version {bundle.id})"]
    numbers = [(match.source, rule.flow) for rule in bundle.dialplan.rules for match in rule.numbers]
    if simulation is None:
        lines += [f"  switch      {switch.name} at {switch.host}:{switch.port}" for switch in settings.switches]
        lines += [f"  number      {number} -> flow {flow}" for number, flow in numbers[:MOST_NUMBERS]]
    else:
        lines.append("  This is a simulated switch, not FreeSWITCH; point a softphone at")
        for number, flow in numbers[:MOST_NUMBERS]:
            lines.append(f"  call        sip:{number}@{host}:{simulation.trunk_sip_port}   -> flow {flow}")
        for user, word in settings.sim.users.items():
            phone = f"{user}@{settings.sim.domain}, proxy {host}:{simulation.agent_sip_port}"
            lines.append(f"  agent       register {phone}, password {word.get_secret_value()}")
    lines += [
        f"  flows       {', '.join(sorted(bundle.flows))}",
        f"  recordings  {settings.recordings}",
        "  events      switchboard events --follow",
        "  stop        Ctrl-C" + ("; calls stay up on their switch" if simulation is None else ""),
        "",
    ]
    return "\n".join(lines)
