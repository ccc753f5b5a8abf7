"""`switchboard docs`: writes the reference pages from the code; `--check` says whether they are current."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

HELP = "write docs/reference from the code; --check only compares"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder and the check."""
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is not current")
    parser.add_argument("--output", type=Path, default=Path("docs/reference"), metavar="FOLDER")


def run(options: argparse.Namespace) -> int:
    """Write or compare; 1 when a page is not current."""
    stale = stale_pages(options.output)
    if options.check:
        for name in stale:
            print(f"{options.output / name} is not current: run `make docs`")
        return int(bool(stale))
    for name, text in stale.items():
        path = options.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(path)
    return 0


def stale_pages(folder: Path) -> Mapping[str, str]:
    """The pages that are missing or differ, with their right text."""
    return {
        name: text
        for name, text in reference_pages().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    }


def reference_pages() -> Mapping[str, str]:
    """Every generated page by its path in docs/reference."""
    from engine.api.frame import openapi_text
    from engine.flow import reference
    from engine.flow.schema import schemas

    pages = {name: page() for name, page in reference.pages().items()}
    pages |= {"events.md": events_page(), "settings.md": settings_page(), "commands.md": commands_page()}
    pages["openapi.json"] = openapi_text()
    pages |= {f"schema/{name}": json.dumps(schema, indent=2) + "\n" for name, schema in schemas().items()}
    return pages


def events_page() -> str:
    """What the engine tells the world."""
    from engine.core.events import EVENT_TYPES, VERSION
    from engine.webhooks.subscription import ENDPOINT_EVENTS

    lines = [
        "# Events",
        "",
        "Every event is one JSON object in a Redis stream: `id` (the same after a retry or a takeover), `type`,"
        f" `version` ({VERSION}), `call`, `n` (1, 2, 3 ... without gaps within a call), `at` (seconds since 1970),"
        " `tenant`, and `data` with the fields named below.",
        "",
        "| type | meaning and fields |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {text} |" for name, text in {**EVENT_TYPES, **ENDPOINT_EVENTS}.items()]
    return "\n".join([*lines, "", "Events about an endpoint belong to no call: their `call` and `n` are null."]) + "\n"


def settings_page() -> str:
    """Every setting."""
    from pydantic import BaseModel
    from pydantic_core import PydanticUndefined

    from engine.config import Api, Dialling, Http, Log, Outbox, Settings, Sim, Switch, Tts, Webhooks

    lines = [
        "# Settings",
        "",
        "In `switchboard.toml`, or in the environment: `SWITCHBOARD_REDIS_URL`, and with two underscores in a section:"
        " `SWITCHBOARD_LOG__LEVEL`. Lists and tables are given as JSON there. An unknown setting is an error.",
    ]
    sections: dict[str, type[BaseModel]] = {
        "": Settings, "[[switches]]": Switch, "[tts]": Tts, "[http]": Http, "[log]": Log,
        "[dialling]": Dialling, "[api]": Api, "[webhooks]": Webhooks, "[outbox]": Outbox, "[sim]": Sim,
    }  # fmt: skip
    for title, model in sections.items():
        lines += ["", f"## {title or 'Top level'}", "", *([(model.__doc__ or "").strip(), ""] if title else [])]
        lines += ["| setting | default | meaning |", "|---|---|---|"]
        for name, field in model.model_fields.items():
            if field.description is None:
                continue
            default = "required" if field.default is PydanticUndefined else _default(field.default)
            if field.default_factory is not None:
                default = "this machine's name"
            lines.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, dict):
        value = ", ".join(value)
    return "" if value in (None, "", (), {}) else f"`{value}`"


def commands_page() -> str:
    """Every command with its help."""
    from engine.cli.main import command_words, make_parser

    lines = ["# Commands"]
    for words in command_words():
        lines += ["", f"## switchboard {' '.join(words)}", "", "```", make_parser(words).format_help().rstrip(), "```"]
    return "\n".join(lines) + "\n"
