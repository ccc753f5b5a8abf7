"""Live calls, recent calls, one call; ending one and sending it elsewhere: all of one's own tenant."""

from typing import Any

import pytest

from engine.api.services import Services
from engine.core.control import FlowOrder, HangUpOrder
from engine.core.errors import ControlError
from tests.api.console.conftest import SignIn
from tests.api.console.lively import NOW, MemoryCalls, ended, event, record
from tests.api.memory import MemoryControl

HOSTILE = '"><script>alert(1)</script>\u202e\x00{{1234*1111}}'
HANGUP, FLOW = "/console/calls/call-1/hangup", "/console/calls/call-1/flow"


@pytest.fixture
def calls(world: Services) -> MemoryCalls:
    assert isinstance(world.calls, MemoryCalls)
    return world.calls


@pytest.fixture
def control(world: Services) -> MemoryControl:
    assert isinstance(world.control, MemoryControl)
    world.control.calls["call-1"] = "acme"
    return world.control


def test_live_calls_are_shown_with_their_place(sign_in: SignIn, calls: MemoryCalls) -> None:
    calls.add(record())
    calls.add(ended("call-2", caller="+4930111"))
    page = sign_in().open("/console/live")
    assert "1 call now" in page.text
    for words in ("+442079460123", "Ada", "+442079460000", "support", "greet", "step 3 (main)", "menu", "answered"):
        assert words in page.text
    assert "support.flow.yaml:14" in page.text
    assert "+4930111" not in page.text
    assert {HANGUP, FLOW, "/console/calls/call-1"} <= set(page.links)


def test_who_may_only_read_sees_no_way_to_change_anything(
    sign_in: SignIn, calls: MemoryCalls, control: MemoryControl
) -> None:
    calls.add(record())
    browser = sign_in("calls:read")
    for path in ("/console/live", "/console/calls/call-1"):
        page = browser.open(path)
        assert {HANGUP, FLOW, "/console/dial"}.isdisjoint(page.links)
    token = browser.open("/console/live").form("/console/sign-out").fields["_token"]
    for path in (HANGUP, FLOW):
        assert browser.open(path).status == 403
        assert browser.post(path, {"_token": token, "flow": "support"}).status == 403
    assert control.taken == []


def test_calls_of_others_are_not_there(sign_in: SignIn, calls: MemoryCalls, control: MemoryControl) -> None:
    calls.add(record(tenant="else", caller="+666"))
    browser = sign_in()
    assert "Nobody is on the line" in browser.open("/console/live").text
    assert "+666" not in browser.open("/console/calls").html
    token = browser.open("/console/live").form("/console/sign-out").fields["_token"]
    for path in ("/console/calls/call-1", HANGUP, FLOW):
        assert browser.open(path).status == 404
    for path in (HANGUP, FLOW):
        assert browser.post(path, {"_token": token, "flow": "support"}).status == 404
    assert control.taken == []


@pytest.mark.parametrize("where", ["caller", "caller_name", "called", "flow", "reason"])
@pytest.mark.parametrize("make", [record, ended])
def test_hostile_texts_stay_texts(sign_in: SignIn, calls: MemoryCalls, where: str, make: Any) -> None:
    calls.add(make(**{where: HOSTILE}), event("call-1", 1, "call.initiated", NOW, caller=HOSTILE, called=HOSTILE))
    browser = sign_in()
    for path in (
        "/console/live",
        "/console/calls",
        "/console/calls/call-1",
        f"/console/calls?flow={HOSTILE}",
        HANGUP,
        FLOW,
    ):
        page = browser.open(path)
        assert "<script>alert" not in page.html
        assert "\u202e" not in page.html
        assert "\x00" not in page.html
        assert len(page.all("script")) == 1


def test_hostile_tags_places_and_fields_stay_texts(sign_in: SignIn, calls: MemoryCalls) -> None:
    place = dict.fromkeys(("flow", "file", "block", "kind", "name"), HOSTILE)
    files = [{"flow": HOSTILE, "file": HOSTILE}]
    known = record(place=place, flows=files, tags={HOSTILE: HOSTILE}, switch=HOSTILE, recordings=[{"path": HOSTILE}])
    calls.add(known, event("call-1", 1, HOSTILE, NOW, **{HOSTILE: {HOSTILE: [HOSTILE]}, "flow": HOSTILE, "line": 1}))
    page = sign_in().open("/console/calls/call-1")
    assert page.status == 200
    assert "<script>alert" not in page.html
    assert "1370974" not in page.text


def test_a_call_is_a_timeline_with_places(sign_in: SignIn, calls: MemoryCalls) -> None:
    calls.add(
        record(tags={"plan": "gold"}),
        event("call-1", 1, "call.initiated", NOW, caller="+44", called="+49", direction="inbound"),
        event("call-1", 2, "flow.step", NOW + 3.2, flow="support", block="greet", step=1, kind="menu", line=14),
        event(
            "call-1", 3, "flow.error", NOW + 61, error="prompt.missing", message="no prompt", flow="support", line=15
        ),
    )
    page = sign_in().open("/console/calls/call-1")
    for words in (
        "+44 called +49",
        "0:03.2",
        "Step menu",
        "ivr_flows/support.flow.yaml:14",
        "1:01.0",
        "Error prompt.missing",
    ):
        assert words in page.text
    assert "Tag plan gold" in page.text
    assert page.text.index("0:00.0") < page.text.index("0:03.2") < page.text.index("1:01.0")


def test_a_long_trace_is_shown_in_parts(sign_in: SignIn, calls: MemoryCalls) -> None:
    calls.add(record(), *[event("call-1", n, "call.dtmf", NOW + n, digit="1") for n in range(1, 151)])
    browser = sign_in()
    first = browser.open("/console/calls/call-1")
    assert "1\N{EN DASH}100 of 150" in first.text
    second = browser.open("/console/calls/call-1?offset=100")
    assert "101\N{EN DASH}150 of 150" in second.text
    assert second.all("ol")[0]["start"] == "101"


@pytest.mark.parametrize("call", ["none", "x" * 300, "%00", "..%2f..", "\N{SNOWMAN}"])
def test_a_call_that_is_not_there(sign_in: SignIn, call: str) -> None:
    assert sign_in().open(f"/console/calls/{call}").status == 404


def test_recent_calls_are_found_by_what_is_typed(sign_in: SignIn, calls: MemoryCalls) -> None:
    calls.add(ended("call-1"))
    calls.add(ended("call-2", caller="+4930111", direction="outbound"))
    browser = sign_in()
    page = browser.open("/console/calls")
    assert "2 calls" in page.text
    found = browser.open("/console/calls", query_string={**page.form("/console/calls").fields, "caller": "+4930111"})
    assert "1 call found" in found.text
    assert "+442079460123" not in found.text
    assert found.form("/console/calls").fields["caller"] == "+4930111"
    query = {"since": "2026-11-20", "until": "2026-11-21", "tag": "plan=gold", "state": "ended", "direction": "inbound"}
    browser.open("/console/calls", query_string=query)
    asked = calls.asked[-1]
    assert asked.since is not None
    assert asked.before == asked.since + 2 * 86400
    assert (asked.tags, asked.state, asked.direction) == (("plan=gold",), "ended", "inbound")


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-99-99", "since=%00"])
def test_a_day_that_is_none_is_said(sign_in: SignIn, query: str) -> None:
    page = sign_in().open(f"/console/calls?{query}")
    assert page.status == 400
    assert "is not a day" in page.text


@pytest.mark.parametrize("query", ["state=x&direction=y", "offset=-1", "offset=z", "flow=%FF", "caller=" + "9" * 5000])
def test_odd_filters_find_what_they_find(sign_in: SignIn, query: str) -> None:
    assert sign_in().open(f"/console/calls?{query}").status == 200


def test_a_call_is_hung_up_after_a_question(sign_in: SignIn, calls: MemoryCalls, control: MemoryControl) -> None:
    calls.add(record())
    browser = sign_in()
    question = browser.open(HANGUP)
    assert "Hang up the call of +442079460123?" in question.text
    assert control.taken == []
    page = browser.send(question, HANGUP)
    (order,) = control.taken
    assert isinstance(order, HangUpOrder)
    assert (order.call, order.tenant) == ("call-1", "acme")
    assert page.at == "/console/calls/call-1?done=hung-up"
    assert "The call has been told to end." in page.text


def test_a_call_that_has_ended_cannot_be_hung_up(sign_in: SignIn, calls: MemoryCalls, control: MemoryControl) -> None:
    calls.add(ended())
    page = sign_in().open(HANGUP)
    assert page.status == 409
    assert "This call has ended already." in page.text
    assert HANGUP not in sign_in(key="b").open("/console/calls/call-1").links


def test_a_call_is_sent_to_another_flow_with_its_inputs(
    sign_in: SignIn, calls: MemoryCalls, control: MemoryControl
) -> None:
    calls.add(record())
    browser = sign_in()
    page = browser.send(browser.open(FLOW), FLOW, flow="survey", inputs="show")
    assert control.taken == []
    missing = browser.send(page, FLOW, _without="inputs")
    assert missing.status == 400
    assert "customer is needed" in missing.text
    sent = browser.send(missing, FLOW, **{"input.customer": "42", "input.score": "3"})
    (order,) = control.taken
    assert isinstance(order, FlowOrder)
    assert (order.call, order.flow, order.tenant, order.inputs) == (
        "call-1", "survey", "acme", {"customer": "42", "score": 3},
    )  # fmt: skip
    assert "on its way to the other flow" in sent.text


@pytest.mark.parametrize("flow", ["foreign", "none", ""])
def test_a_call_is_sent_nowhere_else(sign_in: SignIn, calls: MemoryCalls, control: MemoryControl, flow: str) -> None:
    calls.add(record())
    browser = sign_in()
    page = browser.send(browser.open(FLOW), FLOW, flow=flow)
    assert page.status == 400
    assert "There is no such flow." in page.text
    assert control.taken == []


@pytest.mark.parametrize("path", [HANGUP, FLOW])
def test_what_the_engine_refuses_is_said_where_it_was_asked(
    sign_in: SignIn, calls: MemoryCalls, control: MemoryControl, path: str
) -> None:
    calls.add(record())
    control.wrong = ControlError("no engine owns the switch", "engine_away")
    browser = sign_in()
    page = browser.send(browser.open(path), path)
    assert page.status == 503
    assert "No engine owns the switch." in page.text
    assert page.form(path)
