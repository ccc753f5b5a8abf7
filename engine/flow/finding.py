"""Findings: what is wrong with an author's files, each with its place, as `file:line:column: error: ... [rule]`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.flow.document import Place

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing an author should know; `rule` names it in the list of rules. An error keeps a project from loading."""

    place: Place
    severity: Severity
    rule: str
    message: str

    def __str__(self) -> str:
        place = self.place
        return f"{place.file}:{place.line}:{place.column}: {self.severity}: {self.message} [{self.rule}]"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sorted by place, each once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda found: (found.place.file, found.place.line, found.place.column)))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of them keeps the project from loading."""
    return any(finding.severity == "error" for finding in findings)
