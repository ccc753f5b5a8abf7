from xml.etree import ElementTree as ET

from engine.call.rehearsal.junit import junit
from engine.call.rehearsal.verdict import Failure, Verdict
from engine.flow.document import Place

A, B = Place("ivr_flows/a.test.yaml", 3, 5), Place("ivr_flows/b.test.yaml", 7, 1)


def test_a_suite_for_each_file_and_a_case_for_each_case() -> None:
    failure = Failure(A, "end", "hangup", "<waiting> \x00 & more")
    verdicts = [
        Verdict("good", "main", A),
        Verdict("bad \x07", "main", A, (failure,), ("  0.0  hear  Hello",)),
        Verdict("other", "side", B),
    ]
    root = ET.fromstring(junit(verdicts, {0: 0.5, 1: 0.25}))
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    first, second = root.findall("testsuite")
    assert (first.get("name"), first.get("tests"), first.get("failures")) == (A.file, "2", "1")
    assert (second.get("time"), first.get("time")) == ("0.000000", "0.750000")
    bad = first.findall("testcase")[1]
    assert (bad.get("name"), bad.get("classname"), bad.get("line")) == ("bad ?", "main", "3")
    (told,) = bad.findall("failure")
    assert told.get("message") == "end: expected hangup, got <waiting> ? & more"
    assert "hear  Hello" in (told.text or "")
    assert str(failure).replace("\x00", "?") in (told.text or "")


def test_no_cases_are_a_document_too() -> None:
    assert ET.fromstring(junit([], {})).get("tests") == "0"
