"""A caller becomes a call."""

from engine.call.desk import Desk
from engine.call.opening import open_call
from engine.core.effects import TakeLeg
from engine.core.ids import CallId, LegId
from engine.core.signals import LegArrived
from engine.flow.bundle import Bundle
from engine.flow.loader import load

FLOW = "flow: main\nschema: 1\nstart: a\nblocks:\n  a:\n    - answer:\n    - hangup:\n"
DIALPLAN = 'rules:\n  - {name: line, number: "+442079460000", flow: main}\n'


def bundle() -> Bundle:
    project = "languages: [en]\ncountry: GB\n"
    loaded = load(
        {"ivr_flows/main.flow.yaml": FLOW, "dialplans/main.yaml": DIALPLAN, "ivr_flows/project.yaml": project}
    )
    assert loaded.bundle is not None, loaded.findings
    return loaded.bundle


def arrival(called: str, *, answered: bool = False) -> LegArrived:
    return LegArrived(5.0, LegId("c"), "fs1", "+15550001000", "Ann", called, "trunk", answered=answered)


def test_the_dial_plan_decides_and_the_world_is_told() -> None:
    desk = Desk(CallId("c"), "default")
    desk.at = 5.0
    runner = open_call(desk, bundle(), arrival("020 7946 0000"), {})
    [initiated] = desk.outcome.events
    assert initiated.type == "call.initiated"
    assert initiated.fields["flow"] == "main"
    assert initiated.fields["rule"] == "line"
    assert desk.outcome.effects == [TakeLeg(LegId("c"))]
    assert runner.answered is False


def test_a_number_nobody_claims_is_told_and_still_has_a_flow() -> None:
    desk = Desk(CallId("c"), "default")
    open_call(desk, bundle(), arrival("+442079469999"), {})
    assert [event.type for event in desk.outcome.events] == ["call.initiated", "call.unrouted"]
    assert desk.outcome.events[0].fields["flow"]


def test_a_caller_answered_before_is_known_to_be() -> None:
    desk = Desk(CallId("c"), "default")
    assert open_call(desk, bundle(), arrival("+442079460000", answered=True), {}).answered is True
    assert desk.legs[LegId("c")].answered_at == 5.0


def test_a_call_is_its_flow_s_tenant_s() -> None:
    theirs = FLOW.replace("main", "theirs\ntenant: acme")
    plan = DIALPLAN + '  - {name: other, number: "+442079460001", flow: theirs}\n'
    loaded = load(
        {"ivr_flows/main.flow.yaml": FLOW, "ivr_flows/theirs.flow.yaml": theirs, "dialplans/main.yaml": plan},
        tenant="house",
    )
    assert loaded.bundle is not None, loaded.findings
    tenants = []
    for called in ("+442079460000", "+442079460001", "+15550001111"):
        desk = Desk(CallId("c"), "nobody")
        open_call(desk, loaded.bundle, arrival(called), {})
        tenants.append({event.tenant for event in desk.outcome.events})
    assert tenants == [{"house"}, {"acme"}, {"house"}]
