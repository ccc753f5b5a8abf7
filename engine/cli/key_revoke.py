"""`switchboard key revoke`: closes an API key for ever."""

import argparse

from engine.cli.key_store import api_keys

HELP = "close an API key for ever"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the key."""
    parser.add_argument("id", help="the key's id, as `switchboard key list` shows it, or its whole text")


def run(options: argparse.Namespace) -> int:
    """Close it; every process refuses it within a second."""
    from engine.cli.screen import console

    with api_keys(options) as (keys, _):
        key = keys.revoke(options.id)
    console().print(f"the key {key.id} of {key.tenant} is revoked")
    return 0
