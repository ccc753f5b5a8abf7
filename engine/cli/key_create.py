"""`switchboard key create`: makes an API key and shows it, once."""

import argparse
import json
import sys

from engine.api.ports.keys import EVERYTHING, SCOPES
from engine.cli.key_store import api_keys, home_tenant, key_record, lifetime

HELP = "make an API key; it is shown once"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the key may do and for whom."""
    parser.add_argument("--tenant", metavar="TENANT", help="whose key it is (default: the project's tenant)")
    parser.add_argument("--name", default="", help="what it is for, as `switchboard key list` shows it")
    parser.add_argument(
        "--scope", action="append", choices=(*SCOPES, EVERYTHING), metavar="SCOPE", dest="scopes",
        help=f"what it may do, given once for each (default: *): {', '.join((*SCOPES, EVERYTHING))}",
    )  # fmt: skip
    parser.add_argument(
        "--expires", type=lifetime, metavar="TIME", help="how long it is good: 12h, 30d (default: ever)"
    )
    parser.add_argument("--per-minute", type=int, default=0, metavar="N", help="requests a minute, other than usual")
    parser.add_argument("--per-hour", type=int, default=0, metavar="N", help="requests an hour, other than usual")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Make it; its text alone goes to standard output, so that a script can take it."""
    with api_keys(options) as (keys, settings):
        text, key = keys.create(
            options.tenant or home_tenant(settings), options.name, options.scopes or [EVERYTHING],
            lifetime=options.expires, per_minute=max(0, options.per_minute), per_hour=max(0, options.per_hour),
        )  # fmt: skip
    if options.json:
        print(json.dumps({"key": text, **key_record(key)}, indent=2))
        return 0
    print(text)
    print("Keep it now: it is not shown again. Send it in the header X-API-Key.", file=sys.stderr)
    return 0
