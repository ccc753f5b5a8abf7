"""Findings as SARIF 2.1.0, the form code scanners exchange (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from engine.flow.finding import Finding
from engine.flow.rule import RULES, Rule
from engine.flow.suppression import Suppressed

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(findings: Iterable[Finding], version: str, suppressed: Iterable[Suppressed] = ()) -> str:
    """One run of the checks; what comments suppress is among the results, marked so. `version` is the product's."""
    shown = [(finding, None) for finding in findings]
    hidden = [(each.finding, each.reason) for each in suppressed]
    names = sorted({*RULES, *(finding.rule for finding, _ in (*shown, *hidden))})
    numbers = {name: number for number, name in enumerate(names)}
    driver = {
        "name": "switchboard",
        "semanticVersion": version,
        "rules": [_rule(name, RULES.get(name)) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, reason, numbers) for finding, reason in (*shown, *hidden)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(name: str, known: Rule | None) -> dict[str, Any]:
    if known is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": known.description},
        "defaultConfiguration": {"level": _LEVELS[known.severity]},
    }


def _result(finding: Finding, reason: str | None, numbers: Mapping[str, int]) -> dict[str, Any]:
    place = finding.place
    result = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(place.file),
                    "region": {"startLine": max(place.line, 1), "startColumn": max(place.column, 1)},
                }
            }
        ],
    }
    if reason is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": reason}]
    return result


def _artifact(file: str) -> dict[str, str]:
    """A file by its address: relative to where the checks ran, unless it is elsewhere."""
    address = quote(file.encode("utf-8", "surrogateescape"), safe="/~")
    return {"uri": f"file://{address}"} if file.startswith("/") else {"uri": address}
