from engine.call.rehearsal.verdict import Failure, Verdict
from engine.flow.document import Place

HERE = Place("a.test.yaml", 3, 5)


def test_a_failure_names_its_place_and_both_sides() -> None:
    assert str(Failure(HERE, "end", "hangup", "waiting")) == "a.test.yaml:3:5: end: expected hangup, got waiting"


def test_a_case_without_failures_has_passed() -> None:
    assert Verdict("a", "main", HERE).passed
    assert not Verdict("a", "main", HERE, (Failure(HERE, "end", "a", "b"),)).passed
