"""Settling findings: severities the project changed, and `# lint: disable=rule -- reason` in the files.

A comment speaks for its own line, or, when it stands alone, for the next. One without a reason, of an unknown rule, or
that suppresses nothing is a warning itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from engine.flow.document import Place
from engine.flow.finding import Finding, Severity
from engine.flow.project import Project
from engine.flow.rule import RULES, rule
from engine.flow.suggestion import did_you_mean
from engine.flow.yaml_source import LocatedMap, place_of

BAD_SUPPRESSION = rule("bad-suppression", "warning", "A `# lint: disable` has no reason, or names no rule there is.")
USELESS_SUPPRESSION = rule("useless-suppression", "warning", "A `# lint: disable` suppresses nothing.")
UNKNOWN_RULE = rule("unknown-rule", "error", "`lint` in project.yaml names a rule that does not exist.", firm=True)

_COMMENT = re.compile(r"(?:^|\s)#\s*lint:\s*disable=([\w,\s-]*?)(?:\s+--\s*(.*?))?\s*$")


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that a comment suppresses, and why."""

    finding: Finding
    reason: str


@dataclass(slots=True)
class _Suppression:
    """One rule that a comment suppresses on a line."""

    place: Place
    line: int
    rule: str
    reason: str
    used: bool = False


def settle(
    findings: Iterable[Finding],
    sources: Mapping[str, str],
    project: Project,
    root: LocatedMap,
    broken: frozenset[str],
    suppressed: list[Suppressed] | None = None,
) -> Iterator[Finding]:
    """The findings that remain, with the severities they have in this project; others are added to `suppressed`."""
    for name in project.lint:
        if name not in RULES:
            message = f'no rule "{name[:60]}"{did_you_mean(name, RULES)}'
            yield UNKNOWN_RULE.at(place_of(root, ("lint", name), key=True), message)
    suppressions: list[_Suppression] = []
    for file, text in sources.items():
        for found in _comments(file, text):
            if isinstance(found, Finding):
                yield found
            else:
                suppressions.append(found)
    by_line: dict[tuple[str, int], list[_Suppression]] = {}
    for suppression in suppressions:
        by_line.setdefault((suppression.place.file, suppression.line), []).append(suppression)
    for finding in findings:
        known = RULES.get(finding.rule)
        if known is None or known.firm:
            yield finding
            continue
        matching = [
            found for found in by_line.get((finding.place.file, finding.place.line), ()) if found.rule == finding.rule
        ]
        for found in matching:
            found.used = True
        severity = project.lint.get(finding.rule, finding.severity)
        if severity == "off":
            continue
        settled = replace(finding, severity=cast(Severity, severity))
        if not matching:
            yield settled
        elif suppressed is not None:
            suppressed.append(Suppressed(settled, matching[0].reason))
    for suppression in suppressions:
        if not suppression.used and suppression.place.file not in broken:
            yield USELESS_SUPPRESSION.at(suppression.place, f"nothing to suppress here: {suppression.rule}")


def _comments(file: str, text: str) -> Iterator[Finding | _Suppression]:
    for number, line in enumerate(text.splitlines(), 1):
        match = _COMMENT.search(line) if "lint:" in line else None
        if not match:
            continue
        place = Place(file, number, line.index("#", match.start()) + 1)
        alone = line.lstrip().startswith("#")
        if not (match[2] or "").strip():
            yield BAD_SUPPRESSION.at(place, "say why after --, as in: # lint: disable=rule -- because ...")
        names = [name.strip() for name in match[1].split(",") if name.strip()]
        if not names:
            yield BAD_SUPPRESSION.at(place, "name the rule, as in: # lint: disable=long-menu -- because ...")
        for name in names:
            if name not in RULES:
                yield BAD_SUPPRESSION.at(place, f'no rule "{name[:60]}"{did_you_mean(name, RULES)}')
            elif RULES[name].firm:
                yield BAD_SUPPRESSION.at(place, f"{name} cannot be suppressed: calls would fail here")
            else:
                yield _Suppression(place, number + 1 if alone else number, name, (match[2] or "").strip())
