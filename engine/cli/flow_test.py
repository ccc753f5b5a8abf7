"""`switchboard flow test`: performs the tests of flows, by the machine of live calls and in imagined time."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.flow_check import project_of, shown_path
from engine.cli.project_choice import chosen_settings
from engine.core.errors import ControlError

if TYPE_CHECKING:
    from rich.console import Console

    from engine.call.rehearsal.rehearsal import Rehearsal
    from engine.flow.document import Place
    from engine.flow.finding import Finding
    from engine.flow.rehearsal.coverage_report import CoverageReport
    from engine.shell.rehearsing import Performed

HELP = "perform the tests of flows: ivr_flows/*.test.yaml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the files, and what is to be told."""
    parser.add_argument("paths", nargs="*", type=Path, help="test files or folders with such (default: the project)")
    parser.add_argument("-k", dest="match", metavar="WORDS", help="only cases whose name holds these words")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="processes (default: one a core)")
    parser.add_argument("--verbose", action="store_true", help="name the cases that pass, too")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the verdicts as JUnit XML")
    parser.add_argument("--coverage", action="store_true", help="tell what the tests do not come to, by file and line")
    parser.add_argument(
        "--cov-min", type=float, metavar="PERCENT", help="fail when fewer steps and branches are covered"
    )
    parser.add_argument("--coverage-json", type=Path, metavar="FILE", help="write every step, branch and prompt")


def run(options: argparse.Namespace) -> int:
    """Perform; 1 when a case fails, a test file has errors, or too little is covered."""
    from engine.cli.screen import console

    screen = console()
    root, wanted = _chosen(options)
    coverage = options.coverage or options.cov_min is not None or options.coverage_json is not None
    rehearsal, findings, tested = _prepared(options, root, wanted, coverage)
    if rehearsal is None:
        for finding in findings:
            _print_finding(screen, root, finding)
        screen.print("the tests were not performed", style="bold red")
        return 1
    performed = _performed(screen, rehearsal, options.jobs)
    failed = _tell(screen, root, performed, verbose=options.verbose)
    if options.junit is not None:
        from engine.call.rehearsal.junit import junit

        _write(options.junit, junit(performed.verdicts, performed.seconds))
    if rehearsal.map is not None:
        from engine.flow.rehearsal.coverage_report import CoverageReport

        report = CoverageReport(rehearsal.map, rehearsal.covered)
        if options.coverage_json is not None:
            _write(options.coverage_json, json.dumps(report.as_json(), indent=1) + "\n")
        if options.coverage or options.cov_min is not None:
            failed |= _tell_coverage(screen, root, report, options.cov_min, tested)
    return int(failed)


def _chosen(options: argparse.Namespace) -> tuple[Path, list[Path]]:
    """The project and the paths in it. Raises ControlError."""
    paths = options.paths or [chosen_settings(options).project_dir]
    roots = {project_of(path) for path in paths}
    if len(roots) > 1:
        raise ControlError(f"these belong to {len(roots)} projects; test one at a time")
    return roots.pop(), [path.resolve() for path in paths]


def _prepared(
    options: argparse.Namespace, root: Path, wanted: list[Path], coverage: bool
) -> "tuple[Rehearsal | None, list[Finding], set[str]]":
    """The cases to perform and the flows they test, or what is wrong with the files. Raises ControlError for none."""
    from dataclasses import replace

    from engine.call.rehearsal.rehearsal import Rehearsal
    from engine.flow.finding import has_errors
    from engine.flow.rehearsal.reader import read_scripts
    from engine.shell.project_files import load_project, read_tests

    loaded = load_project(root, chosen_settings(options).tenant)
    sources = {
        name: text
        for name, text in read_tests(root).items()
        if any((root / name).resolve().is_relative_to(path) for path in wanted)
    }
    if not sources:
        raise ControlError("no tests here: write them in ivr_flows/NAME.test.yaml")
    scripts, wrong = read_scripts(sources, loaded.bundle)
    findings = [finding for finding in loaded.findings if finding.severity == "error"] + list(wrong)
    if options.match:
        scripts = tuple(
            replace(script, cases=tuple(case for case in script.cases if options.match.lower() in case.name.lower()))
            for script in scripts
        )
    tested = {script.flow for script in scripts}
    if loaded.bundle is None or has_errors(findings):
        return None, findings, tested
    rehearsal = Rehearsal(loaded.bundle, scripts, coverage=coverage)
    if not rehearsal.cases:
        raise ControlError(f"no case has {options.match!r} in its name")
    return rehearsal, [], tested


def _performed(screen: "Console", rehearsal: "Rehearsal", jobs: int) -> "Performed":
    from engine.cli.screen import progress_bar
    from engine.shell.rehearsing import perform_all

    if not screen.is_terminal:
        return perform_all(rehearsal, jobs)
    with progress_bar(screen) as bar:
        task = bar.add_task("calls", total=len(rehearsal.cases))
        return perform_all(rehearsal, jobs, lambda done: bar.advance(task, done))


def _tell(screen: "Console", root: Path, performed: "Performed", *, verbose: bool) -> bool:
    """Show what failed; whether anything did."""
    from rich.text import Text

    failed = 0
    for verdict in performed.verdicts:
        where = _at(root, verdict.place)
        if verdict.passed:
            if verbose:
                screen.print(Text.assemble(("pass ", "green"), verdict.name, (f"  {where}", "dim")))
            continue
        failed += 1
        screen.print(Text.assemble(("FAIL ", "bold red"), (verdict.name, "bold"), (f"  {where}", "dim")))
        for failure in verdict.failures:
            screen.print(Text.assemble(f"  {_at(root, failure.place)}: ", (failure.what, "bold")))
            screen.print(Text.assemble("      expected  ", (failure.expected, "green")))
            screen.print(Text.assemble("      got       ", (failure.got, "red")))
        for line in verdict.lines:
            screen.print(f"    | {line}", style="dim")
    passed = len(performed.verdicts) - failed
    rate = len(performed.verdicts) / performed.wall if performed.wall else 0.0
    imagined = sum(verdict.call_seconds for verdict in performed.verdicts)
    told = f"{failed} failed, {passed} passed" if failed else f"{passed} passed"
    screen.print(
        Text.assemble(
            (told, "bold red" if failed else "bold green"),
            (f"  {_time(imagined)} of calls in {performed.wall:.2f} s, {rate:,.0f} calls/s", "dim"),
        )
    )
    return failed > 0


def _tell_coverage(
    screen: "Console", root: Path, report: "CoverageReport", least: float | None, tested: set[str]
) -> bool:
    """Show what is covered and what is not; whether that is too little."""
    from rich.table import Table

    from engine.flow.rehearsal.coverage_report import KINDS

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("flow")
    for kind in KINDS:
        table.add_column({"step": "steps", "branch": "branches", "prompt": "prompts"}[kind], justify="right")
    for flow in [*report.flows, None]:
        shares = [report.share(kind, flow=flow) for kind in KINDS]
        shown = [f"{share}  {share.percent:5.1f} %" for share in shares]
        table.add_row(
            flow if flow is not None else "all",
            *shown,
            style="bold" if flow is None else "" if flow in tested else "dim",
        )
    screen.print(table)
    for point in report.missing():
        screen.print(f"{_at(root, point.place)}: not covered: {point.flow}: {point.label}", style="yellow")
    total = report.share("step", "branch")
    if least is not None and total.percent < least:
        screen.print(f"{total.percent:.1f} % of steps and branches are covered, {least:g} % are asked", style="red")
        return True
    return False


def _time(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _at(root: Path, place: "Place") -> str:
    return f"{shown_path(root, place.file)}:{place.line}:{place.column}"


def _print_finding(screen: "Console", root: Path, finding: "Finding") -> None:
    from rich.text import Text

    from engine.cli.screen import SEVERITY

    screen.print(
        Text.assemble(
            (f"{_at(root, finding.place)}: ", "bold"),
            (f"{finding.severity}: ", SEVERITY[finding.severity]),
            finding.message,
            (f" [{finding.rule}]", "dim"),
        )
    )


def _write(path: Path, text: str) -> None:
    """Write a file for other programs. Raises ControlError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ControlError(f"{path}: {error.strerror or error}") from None
    print(path, file=sys.stderr)
