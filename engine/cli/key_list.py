"""`switchboard key list`: which API keys there are, what they may do, and when they were last used."""

import argparse
import json
import time
from typing import TYPE_CHECKING

from engine.cli.key_store import api_keys, key_record

if TYPE_CHECKING:
    from rich.table import Table

    from engine.shell.serving.api_keys import ApiKey

HELP = "show API keys"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which and how."""
    parser.add_argument("--tenant", default="", help="only this tenant's")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Print them."""
    from engine.cli.screen import console

    with api_keys(options) as (keys, _):
        kept = keys.kept(options.tenant)
    if options.json:
        print(json.dumps([key_record(key) for key in kept], indent=2))
    elif kept:
        console().print(_table(kept, time.time()))
    else:
        console().print("no keys yet; `switchboard key create` makes one")
    return 0


def _table(kept: "list[ApiKey]", now: float) -> "Table":
    from rich.table import Table
    from rich.text import Text

    from engine.cli.screen import day_and_time

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("id", "tenant", "name", "scopes", "limits", "created", "last used", "state"):
        table.add_column(column)
    for key in kept:
        state = Text("good", "green") if key.is_good(now) else Text("expired", "yellow")
        if key.revoked_at is not None:
            state = Text(f"revoked {day_and_time(key.revoked_at)}", "red")
        elif key.expires_at is not None and key.is_good(now):
            state = Text(f"good until {day_and_time(key.expires_at)}", "green")
        limits = "/".join(str(limit or "-") for limit in (key.per_minute, key.per_hour))
        used = day_and_time(key.last_used_at) if key.last_used_at is not None else "never"
        table.add_row(
            key.id, key.tenant, Text(key.name), " ".join(key.scopes), limits if limits != "-/-" else "usual",
            day_and_time(key.created_at), used, state,
        )  # fmt: skip
    return table
