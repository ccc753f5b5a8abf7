"""`switchboard flow check`: what is wrong with a project's files, each with its line, before a caller finds it."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.project_choice import chosen_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from rich.console import Console

    from engine.flow.finding import Finding

HELP = "check flows, prompts, dial plans and tests of flows"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the paths and the form of the output."""
    parser.add_argument("paths", nargs="*", type=Path, help="projects, or files in one (default: the project)")
    parser.add_argument("--json", action="store_true", help="findings as a JSON list")
    parser.add_argument("--strict", action="store_true", help="warnings fail the check as errors do")


def run(options: argparse.Namespace) -> int:
    """Print every finding; 1 when there is an error."""
    from engine.cli.screen import console
    from engine.flow.finding import in_order
    from engine.flow.rehearsal.reader import read_scripts
    from engine.shell.project_files import load_project, read_tests

    settings = chosen_settings(options)
    paths = options.paths or [settings.project_dir]
    chosen: dict[Path, list[Path]] = {}
    for path in paths:
        chosen.setdefault(project_of(path), []).append(path.resolve())
    found: list[tuple[Path, Finding]] = []
    for root, wanted in chosen.items():
        loaded = load_project(root, settings.tenant)
        _, tests = read_scripts(read_tests(root), loaded.bundle)
        found += [
            (root, finding)
            for finding in in_order((*loaded.findings, *tests))
            if any((root / finding.place.file).resolve().is_relative_to(path) for path in wanted)
        ]
    if options.json:
        print(json.dumps([_as_json(root, finding) for root, finding in found], indent=2))
    else:
        _show(console(), found)
    failing = ("error", "warning") if options.strict else ("error",)
    return int(any(finding.severity in failing for _, finding in found))


def project_of(path: Path) -> Path:
    """The project a path belongs to: the nearest folder at or above it that holds `ivr_flows`."""
    if not path.exists():
        raise ControlError(f"{path}: no such file or folder")
    resolved = path.resolve()
    for folder in (resolved, *resolved.parents):
        if (folder / "ivr_flows").is_dir():
            return folder
    raise ControlError(f"{path}: no project here (a folder that holds ivr_flows/)")


def shown_path(root: Path, file: str) -> str:
    """A file as the reader can open it from where they are."""
    path = root / file
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _show(screen: "Console", found: "list[tuple[Path, Finding]]") -> None:
    from rich.text import Text

    from engine.cli.screen import SEVERITY

    for root, finding in found:
        place = finding.place
        screen.print(
            Text.assemble(
                (f"{shown_path(root, place.file)}:{place.line}:{place.column}: ", "bold"),
                (f"{finding.severity}: ", SEVERITY[finding.severity]),
                finding.message,
                (f" [{finding.rule}]", "dim"),
            )
        )
    counts = {name: sum(finding.severity == name for _, finding in found) for name in ("error", "warning")}
    if not any(counts.values()):
        screen.print("no errors, no warnings", style="green")
        return
    parts = [f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items()]
    screen.print(", ".join(parts), style="bold red" if counts["error"] else "yellow")


def _as_json(root: Path, finding: "Finding") -> dict[str, object]:
    place = finding.place
    return {
        "file": shown_path(root, place.file),
        "line": place.line,
        "column": place.column,
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
    }
