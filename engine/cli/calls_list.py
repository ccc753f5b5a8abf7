"""`switchboard calls list`: calls that are going on and that were, newest first."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from engine.cli.project_choice import chosen_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

HELP = "list live and recent calls"
MOST = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add which calls and how they are shown."""
    parser.add_argument("--live", action="store_true", help="only calls that are going on")
    parser.add_argument("--flow", default="", help="only calls that were in this flow")
    parser.add_argument("--caller", default="", metavar="NUMBER", help="only calls of this caller")
    parser.add_argument("--called", default="", metavar="NUMBER", help="only calls to this number")
    parser.add_argument("--cause", default="", help="only calls that ended so, as USER_BUSY")
    parser.add_argument(
        "--tag", action="append", type=_tag, default=[], metavar="NAME=VALUE", help="only calls with this tag"
    )
    parser.add_argument("--tenant", default="", help="whose calls (default: the project's tenant)")
    parser.add_argument("-n", "--last", type=int, default=20, metavar="N", help="the newest N (default 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _tag(text: str) -> str:
    if not text.partition("=")[1]:
        raise argparse.ArgumentTypeError(f"{text}: write NAME=VALUE")
    return text


def run(options: argparse.Namespace) -> int:
    """Print them."""
    from engine.api.ports.calls import CallFilter
    from engine.cli.events import redis_address
    from engine.cli.key_store import home_tenant
    from engine.cli.screen import console
    from engine.shell.records.call_records import CallRecords
    from engine.shell.store import connect

    settings = chosen_settings(options)
    tenant = options.tenant or home_tenant(settings)
    wanted = CallFilter(
        state="live" if options.live else "", flow=options.flow, caller=options.caller, called=options.called,
        cause=options.cause, tags=tuple(options.tag),
    )  # fmt: skip
    with redis_address(settings) as url:
        records = CallRecords(connect(url), keep_hours=settings.webhooks.keep_calls_hours)
        found, total = records.list(tenant, wanted, max(1, min(options.last, MOST)), 0)
    calls = [json.loads(text) for text in found]
    if options.json:
        for call in calls:
            print(json.dumps(call, ensure_ascii=False))
        return 0
    screen = console()
    if not calls:
        screen.print(f"no such calls of the tenant {tenant}")
        return 0
    for line in _lines(calls):
        screen.print(line)
    if total > len(calls):
        screen.print(f"{len(calls)} of {total}", style="dim")
    return 0


def _lines(calls: list[dict[str, Any]]) -> "Iterator[Text]":
    """One line a call, in columns as wide as what is in them; a terminal that is narrower breaks them."""
    from rich.text import Text

    rows: list[tuple[str, ...]] = [("call", "began", "direction", "caller", "called", "state", "where")]
    for call in calls:
        state = "live" if call["state"] == "live" else f"{call['cause'] or call['reason']} {seconds_text(call)}"
        where = place_text(call["place"])
        row = (call["id"], began_text(call), call["direction"], call["caller"], call["called"], state, where)
        rows.append(tuple(map(plain, row)))
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]
    for number, cells in enumerate(rows):
        line = Text(style="dim" if number == 0 else "")
        for cell, width in zip(cells, widths, strict=True):
            line.append(f"{cell:<{width}}  ", "green" if cell == "live" else "")
        line.rstrip()
        yield line


def plain(text: str) -> str:
    """A text of callers or authors that does nothing to a terminal."""
    return text if text.isprintable() else repr(text)


def began_text(call: dict[str, Any]) -> str:
    """When a call began, local."""
    from datetime import datetime

    return datetime.fromisoformat(call["started_at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def seconds_text(call: dict[str, Any]) -> str:
    """How long a call was, in minutes and seconds; nothing while it lives."""
    if call["duration_ms"] is None:
        return ""
    minutes, seconds = divmod(round(call["duration_ms"] / 1000), 60)
    return f"{minutes}:{seconds:02d}"


def place_text(place: dict[str, Any] | None) -> str:
    """Where in the flows a call is, and in which file and line that stands."""
    if place is None:
        return ""
    step = f"{place['flow']} > {place['block']}[{place['step']}] {place['kind']}" if place["block"] else place["flow"]
    return f"{step}  {place['file']}:{place['line']}" if place["file"] and place["line"] else step
