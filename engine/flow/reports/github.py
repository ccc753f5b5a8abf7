"""Findings as annotations of a pull request: lines that the runner of GitHub Actions reads from a job's output."""

from collections.abc import Iterable

from engine.flow.finding import Finding

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def github_annotations(findings: Iterable[Finding]) -> str:
    """One line each: `::error file=...,line=...,col=...,title=RULE::MESSAGE`."""
    return "".join(f"{_annotation(finding)}\n" for finding in findings)


def _annotation(finding: Finding) -> str:
    place = finding.place
    where = f"file={_property(place.file)},line={max(place.line, 1)},col={max(place.column, 1)}"
    return f"::{_COMMANDS[finding.severity]} {where},title={_property(finding.rule)}::{_words(finding.message)}"


def _words(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _words(text).replace(":", "%3A").replace(",", "%2C")
