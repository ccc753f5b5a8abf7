"""A caller becomes a call, or somebody is rung for one."""

from engine.call.desk import Desk
from engine.call.opening import LIMIT_MARGIN, open_call, place_call
from engine.core.effects import Dial, DialTarget, GatewayNumber, SipUri, TakeLeg
from engine.core.ids import CallId, LegId
from engine.core.signals import DialRequested, LegArrived
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


def placed(target: DialTarget) -> tuple[Desk, dict[str, object]]:
    desk = Desk(CallId("c"), "nobody")
    order = DialRequested(5.0, LegId("c"), "fs1", target, "main", {}, 20.0, 99.5, "+15550001000", "Ann", "/rec")
    runner = place_call(desk, bundle(), order, {})
    assert runner.answered is False
    assert desk.tenant == "default"
    return desk, dict(desk.outcome.events[0].fields)


def test_somebody_is_rung_for_a_flow() -> None:
    target = GatewayNumber("+442079460000", "carrier")
    desk, initiated = placed(target)
    assert desk.outcome.effects == [
        Dial(LegId("c"), target, 20.0, "+15550001000", "Ann", stays=True, limit=100 + LIMIT_MARGIN)
    ]
    assert initiated == {
        "direction": "outbound", "caller": "+15550001000", "caller_name": "Ann", "called": "+442079460000",
        "switch": "fs1", "trunk": "carrier", "flow": "main", "rule": "",
    }  # fmt: skip
    leg = desk.legs[LegId("c")]
    assert (leg.dialled, leg.state, leg.rings_until) == (True, "dialled", 20.0)


def test_a_sip_address_is_told_as_it_is() -> None:
    _, initiated = placed(SipUri("sip:zoe@example.com"))
    assert (initiated["called"], initiated["trunk"]) == ("sip:zoe@example.com", "")
