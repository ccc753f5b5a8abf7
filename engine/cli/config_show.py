"""`switchboard config show`: every setting as it is in force, passwords hidden."""

import argparse
import json

from engine.cli.project_choice import chosen_settings

HELP = "show every setting in force, passwords hidden"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the settings, in the form of a settings file."""
    shown = chosen_settings(options).redacted()
    print(json.dumps(shown, indent=2) if options.json else "\n".join(_toml(shown)))
    return 0


def _toml(values: dict[str, object]) -> list[str]:
    """The settings as TOML: values first, then sections, then lists of sections."""
    lines = [
        f"{key} = {_value(value)}" for key, value in values.items() if not _is_section(value) and value is not None
    ]
    for key, value in values.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{name} = {_value(item)}" for name, item in value.items() if item is not None)]
        elif _is_section(value) and isinstance(value, list):
            for section in value:
                lines += ["", f"[[{key}]]"]
                lines += [f"{name} = {_value(item)}" for name, item in section.items() if item is not None]
    return lines


def _is_section(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
