"""Whatever is written in a test file: a finding inside the file, or cases that are performed; never a fault."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call.rehearsal.rehearsal import Rehearsal
from engine.flow.rehearsal.reader import read_script
from tests.flow.rehearsal.mutants import GOOD, mutants
from tests.flow.rehearsal.scripts import FILE, SHOP

MUTANTS = 400
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""Where lines end in YAML."""


def holds(text: str) -> str:
    """Read and perform; whether it was `wrong`, `failed` or `passed`."""
    script, findings = read_script(FILE, text, SHOP)
    lines, longest = _BREAK.split(text), max(map(len, text.split("\n")))
    for finding in findings:
        place = finding.place
        assert place.file == FILE
        assert 1 <= place.line <= len(lines) + 1, finding
        assert 1 <= place.column <= longest + 2, finding
        assert finding.message.strip()
        assert len(finding.message) < 600
    if script is None:
        assert findings
        return "wrong"
    assert not findings
    rehearsal = Rehearsal(SHOP, [script])
    verdicts = [rehearsal.perform(case) for case in rehearsal.cases[:6]]
    for verdict in verdicts:
        for failure in verdict.failures:
            assert "a fault of the engine" not in failure.got, failure
            assert failure.place.file == FILE
    return "passed" if all(verdict.passed for verdict in verdicts) else "failed"


def test_the_file_they_are_made_from_is_good() -> None:
    assert holds(GOOD) in ("passed", "failed")


def test_mutants_of_a_grammar() -> None:
    found = [holds(text) for text in mutants(MUTANTS, 4)]
    assert found.count("wrong") > MUTANTS // 3
    assert found.count("wrong") < MUTANTS


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("utf-8", "replace")))
def test_any_text(text: str) -> None:
    assert holds(text) == "wrong"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_text_in_a_good_file(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOOD)))
    holds(GOOD[:at] + data.draw(st.text(max_size=20)) + GOOD[at + data.draw(st.integers(0, 20)) :])


def test_bytes_that_are_no_text() -> None:
    script, findings = read_script(FILE, GOOD.encode() + b"\xff\xfe", SHOP)
    assert script is None
    assert [finding.rule for finding in findings] == ["yaml-syntax"]
