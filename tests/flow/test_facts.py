from engine.core.ids import CallId, LegId
from engine.flow.facts import CallFacts, FlowResult


def test_what_expressions_know_of_the_call() -> None:
    facts = CallFacts(
        CallId("c"), LegId("c"), "+4420", "+4430", "Anna", at=1_795_176_000.0, headers={"x-a": "1"}, bundle_id="b"
    )
    known = facts.as_map("Europe/Berlin")
    assert known["uuid"] == "c"
    assert known["caller"] == "+4420"
    assert known["caller_name"] == "Anna"
    assert known["at"] == "2026-11-20T13:00:00+01:00"
    assert known["headers"] == {"x-a": "1"}
    assert known["bundle"] == "b"


def test_a_result_hangs_up_normally_unless_told_otherwise() -> None:
    assert FlowResult("finished") == FlowResult("finished", "NORMAL_CLEARING", 0)
