"""`switchboard flow check`: what is wrong with a project's files, each with its line, before a caller finds it."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.project_choice import chosen_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from rich.console import Console

    from engine.flow.finding import Finding
    from engine.flow.suppression import Suppressed

HELP = "check flows, prompts, dial plans and tests of flows"
FORMATS = ("text", "json", "sarif", "github")
MOST_SUPPRESSED = 20
"""Suppressed findings that the text tells one by one."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the paths and the form of the output."""
    parser.add_argument("paths", nargs="*", type=Path, help="projects, or files in one (default: the project)")
    parser.add_argument(
        "--format", choices=FORMATS, default="text",
        help="text; a JSON list; SARIF 2.1.0 for code scanners; annotations of GitHub Actions",
    )  # fmt: skip
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    parser.add_argument("--strict", action="store_true", help="warnings fail the check as errors do")


def run(options: argparse.Namespace) -> int:
    """Print every finding; 1 when there is an error."""
    from engine import __version__
    from engine.cli.screen import console
    from engine.flow.finding import in_order
    from engine.flow.rehearsal.reader import read_scripts
    from engine.flow.reports.github import github_annotations
    from engine.flow.reports.json_list import json_list
    from engine.flow.reports.sarif import sarif
    from engine.flow.suppression import Suppressed
    from engine.shell.project_files import load_project, read_tests

    settings = chosen_settings(options)
    paths = options.paths or [settings.project_dir]
    chosen: dict[Path, list[Path]] = {}
    for path in paths:
        chosen.setdefault(project_of(path), []).append(path.resolve())
    found: list[Finding] = []
    suppressed: list[Suppressed] = []
    for root, wanted in chosen.items():
        loaded = load_project(root, settings.tenant)
        _, tests = read_scripts(read_tests(root), loaded.bundle)
        found += _wanted(root, in_order((*loaded.findings, *tests)), wanted)
        reasons = {each.finding: each.reason for each in loaded.suppressed}
        for finding in in_order(reasons):
            suppressed += [Suppressed(shown, reasons[finding]) for shown in _wanted(root, [finding], wanted)]
    match options.format:
        case "json":
            print(json_list(found, suppressed))
        case "sarif":
            print(sarif(found, __version__, suppressed))
        case "github":
            print(github_annotations(found), end="")
        case _:
            _show(console(), found, suppressed)
    failing = ("error", "warning") if options.strict else ("error",)
    return int(any(finding.severity in failing for finding in found))


def _wanted(root: Path, findings: "Sequence[Finding]", wanted: list[Path]) -> "Iterator[Finding]":
    """Those in the files asked for, with these as the reader can open them from where they are."""
    for finding in findings:
        place = finding.place
        if any((root / place.file).resolve().is_relative_to(path) for path in wanted):
            yield replace(finding, place=replace(place, file=shown_path(root, place.file)))


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


def _show(screen: "Console", found: "list[Finding]", suppressed: "list[Suppressed]") -> None:
    from rich.text import Text

    from engine.cli.screen import SEVERITY

    lines = _Lines()
    for finding in found:
        place = finding.place
        screen.print(
            Text.assemble(
                (f"{place.file}:{place.line}:{place.column}: ", "bold"),
                (f"{finding.severity}: ", SEVERITY[finding.severity]),
                finding.message,
                (f" [{finding.rule}]", "dim"),
            )
        )
        for text, mark in lines.around(finding):
            number = f"{place.line:>5} | "
            screen.print(Text.assemble((number, "dim"), text))
            screen.print(Text.assemble((" " * (len(number) - 2) + "| ", "dim"), (mark, SEVERITY[finding.severity])))
    for each in suppressed[:MOST_SUPPRESSED]:
        place = each.finding.place
        screen.print(f"{place.file}:{place.line}: suppressed: {each.finding.rule}: {each.reason}", style="dim")
    counts = {name: sum(finding.severity == name for finding in found) for name in ("error", "warning", "info")}
    parts = [f"{counts[name]} {name}{'s' * (counts[name] != 1)}" for name in ("error", "warning")]
    if not (counts["error"] or counts["warning"]):
        parts = ["no errors, no warnings"]
    if counts["info"]:
        parts.append(f"{counts['info']} remark{'s' * (counts['info'] != 1)}")
    if suppressed:
        parts.append(f"{len(suppressed)} suppressed")
    style = "bold red" if counts["error"] else "yellow" if counts["warning"] else "green"
    screen.print(", ".join(parts), style=style)


class _Lines:
    """The lines of the files, each file read once."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def around(self, finding: "Finding") -> Iterator[tuple[str, str]]:
        """The line of a finding and the mark under it; nothing when the file has no such line, or an empty one."""
        from engine.flow.reports.excerpt import excerpt, lines_of

        place = finding.place
        if place.file not in self._files:
            try:
                text = Path(place.file).read_text("utf-8", "replace")
            except OSError:
                text = ""
            self._files[place.file] = lines_of(text)
        lines = self._files[place.file]
        if 0 < place.line <= len(lines) and lines[place.line - 1].strip():
            shown = excerpt(lines[place.line - 1], place.column)
            yield shown.line, shown.mark
