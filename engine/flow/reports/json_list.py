"""Findings as a list of JSON objects."""

import json
from collections.abc import Iterable

from engine.flow.finding import Finding
from engine.flow.suppression import Suppressed


def json_list(findings: Iterable[Finding], suppressed: Iterable[Suppressed] = ()) -> str:
    """Every finding, then those a comment suppresses, with its reason as `suppressed`."""
    entries = [_entry(finding, None) for finding in findings]
    entries += [_entry(each.finding, each.reason) for each in suppressed]
    return json.dumps(entries, ensure_ascii=False, indent=2)


def _entry(finding: Finding, reason: str | None) -> dict[str, object]:
    place = finding.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
        "suppressed": reason,
    }
