"""The gate: a version of the flows whose tests fail is as good as one with errors, if the project says so."""

from collections.abc import Mapping
from dataclasses import replace

from engine.call.rehearsal.rehearsal import Rehearsal
from engine.flow.finding import has_errors, in_order
from engine.flow.loader import Loaded
from engine.flow.rehearsal.reader import read_scripts
from engine.flow.rule import RULES


def gated(loaded: Loaded, tests: Mapping[str, str | bytes]) -> Loaded:
    """What was loaded, without its bundle when its tests fail or cannot be read and the project wants them to pass."""
    bundle = loaded.bundle
    if bundle is None or bundle.project.tests != "gate":
        return loaded
    scripts, wrong = read_scripts(tests, bundle)
    findings = [*loaded.findings, *wrong]
    rehearsal = Rehearsal(bundle, scripts)
    for case in rehearsal.cases:
        for failure in rehearsal.perform(case).failures:
            message = f"{case.name}: {failure.what}: expected {failure.expected}, got {failure.got}"
            findings.append(RULES["test-failed"].at(failure.place, message))
    return replace(loaded, bundle=None if has_errors(findings) else bundle, findings=in_order(findings))
