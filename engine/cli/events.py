"""`switchboard events`: what the engine has told about calls, and what it tells now."""

import argparse
import json
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.cli.project_choice import chosen_settings

if TYPE_CHECKING:
    from rich.text import Text

    from engine.config import Settings

EMPTY: tuple[Any, ...] = (None, "", [], {})
_LEG = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HELP = "show the events of calls; --follow shows them as they come"
COLOURS = {"call": "green", "flow": "cyan", "recording": "magenta", "endpoint": "blue"}
LOUD = {"flow.error": "bold red", "recording.failed": "bold red", "call.unrouted": "yellow", "call.ended": "bold green",
        "endpoint.disabled": "bold red"}  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to show and how."""
    parser.add_argument("-f", "--follow", action="store_true", help="go on with events as they come, until Ctrl-C")
    parser.add_argument("--call", default="", metavar="ID", help="only this call")
    parser.add_argument("--type", default="", help="only this type, or family: flow.step, or flow")
    parser.add_argument("-n", "--last", type=int, default=0, metavar="N", help="only the newest N of the past (0: all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    """Print the events."""
    from engine.cli.screen import console
    from engine.shell.event_reader import EventReader, Wanted

    screen = console()
    wanted = Wanted(options.call, options.type)

    def show(event: dict[str, Any]) -> None:
        if options.json:
            print(json.dumps(event, ensure_ascii=False), flush=True)
        else:
            screen.print(event_line(event))

    with redis_address(chosen_settings(options)) as url:
        reader = EventReader(url)
        since = reader.newest()
        past = reader.past(wanted)
        for event in deque(past, options.last) if options.last else past:
            show(event)
        if options.follow:
            for news in reader.follow(wanted, since):
                if news is not None:
                    show(news)
        reader.close()
    return 0


@contextmanager
def redis_address(settings: "Settings") -> Iterator[str]:
    """The Redis of an installation; an embedded one that rests is started for as long as it is read."""
    from engine.shell.embedded_redis import EmbeddedRedis

    url = settings.redis_url.get_secret_value()
    if url:
        yield url
        return
    redis = EmbeddedRedis(settings.state_dir / "redis")
    try:
        yield redis.start()
    finally:
        redis.stop()


def event_line(event: dict[str, Any]) -> "Text":
    """One event in one line: time, call and number, type, and what belongs to it."""
    from rich.text import Text

    from engine.cli.screen import clock

    kind = str(event["type"])
    style = LOUD.get(kind, COLOURS.get(kind.partition(".")[0], ""))
    call, number = event["call"] or "", event["n"] or ""  # an event about a webhook belongs to no call
    line = Text.assemble((clock(event["at"]), "dim"), f"  {call[:8]:8}", (f" {number:>3}  ", "dim"))
    line.append(f"{kind:<18}", style)
    line.append(fields_text(event["data"]))
    return line


def fields_text(fields: dict[str, Any]) -> str:
    """The fields of an event as `name=value`, without those that are empty; the ids of legs are cut short."""
    return " ".join(f"{name}={_shown(value)}" for name, value in fields.items() if value not in EMPTY)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(item)}" for name, item in value.items() if item not in EMPTY) + "}"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if _LEG.fullmatch(value):
        return value[:8]
    return repr(value) if " " in value or not value.isprintable() else value
