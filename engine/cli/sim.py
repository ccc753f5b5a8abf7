"""`switchboard sim`: the simulated switch as a process of its own, for tests and for an engine run beside it."""

import argparse

from engine.cli.project_choice import chosen_settings

HELP = "run the simulated switch alone"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the password."""
    parser.add_argument("--password", default="", help="event socket password (default: a random one, printed)")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; the first line printed is JSON with the ports."""
    import secrets

    from engine.sim import SimSettings
    from engine.sim.serve import serve

    sim = chosen_settings(options).sim
    password = options.password or secrets.token_urlsafe(24)
    if not options.password:
        print(f'password = "{password}"', flush=True)
    serve(
        SimSettings(
            host=sim.host, esl_port=sim.esl_port, esl_password=password, trunk_sip_port=sim.sip_port,
            agent_sip_port=sim.agent_sip_port, domain=sim.domain,
            users={name: word.get_secret_value() for name, word in sim.users.items()},
        )
    )  # fmt: skip
    return 0
