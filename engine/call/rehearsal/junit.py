"""Verdicts as JUnit XML, which CI servers read: a suite for each test file, a case for each case."""

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from engine.call.rehearsal.verdict import Verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdicts: Sequence[Verdict], seconds: Mapping[int, float]) -> str:
    """The whole document; `seconds` each case took, by its place in the list."""
    suites = ET.Element("testsuites")
    by_file: dict[str, list[tuple[Verdict, float]]] = {}
    for number, verdict in enumerate(verdicts):
        by_file.setdefault(verdict.place.file, []).append((verdict, seconds.get(number, 0.0)))
    for file, found in by_file.items():
        suite = _element(suites, "testsuite", name=file, **_counts([verdict for verdict, _ in found]))
        suite.set("time", f"{sum(took for _, took in found):.6f}")
        for verdict, took in found:
            place = verdict.place
            case = _element(
                suite, "testcase", name=verdict.name, classname=f"{verdict.flow}", file=file, line=str(place.line)
            )
            case.set("time", f"{took:.6f}")
            for failure in verdict.failures:
                message = f"{failure.what}: expected {failure.expected}, got {failure.got}"
                told = _element(case, "failure", message=message, type=failure.what)
                told.text = _clean("\n".join([str(failure), "", *verdict.lines]))
    for name, value in _counts(verdicts).items():
        suites.set(name, value)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    failed = sum(not verdict.passed for verdict in verdicts)
    return {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0", "skipped": "0"}


def _element(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, tag, {name: _clean(value) for name, value in attributes.items()})


def _clean(text: str) -> str:
    """Without the characters XML has no place for."""
    return _NOT_XML.sub("?", text)
