"""Orders on the calls of one engine: what is done, and what is refused and why."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.call.dialling import DiallingRules
from engine.core.control import (
    CallPlaced,
    Control,
    DialOrder,
    FlowOrder,
    FlowsReloaded,
    HangUpOrder,
    OrderTaken,
    ReloadOrder,
)
from engine.core.effects import GatewayNumber
from engine.core.errors import ControlError, StoreError
from engine.core.ids import CallId, LegId
from engine.core.signals import DialRequested, FlowRequested, HangupRequested
from engine.flow.bundle import Bundle
from engine.shell.control.dial_limits import DialLimits
from engine.shell.control.engine_control import EngineControl
from engine.shell.live_call import LiveCall
from tests.flow.author import loaded, project
from tests.shell.line import Line
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

_FLOW = "flow: {name}\nschema: 1\n{head}start: go\nblocks:\n  go:\n    - answer:\n    - pause: 10m\n    - hangup:\n"
FLOWS = {
    "ours": _FLOW.format(name="ours", head=""),
    "theirs": _FLOW.format(name="theirs", head="tenant: acme\n"),
    "asks": _FLOW.format(name="asks", head="inputs: {who: {type: string}, times: {type: number, default: 3}}\n"),
}


@pytest.fixture(scope="module")
def flows() -> Bundle:
    rules = 'rules:\n  - {number: "101", flow: ours}\n'
    found = loaded(project(dialplans__main=rules, **FLOWS))
    assert found.bundle is not None, found.findings
    return found.bundle


@pytest.fixture
def control(line: Line, flows: Bundle) -> Iterator[EngineControl]:
    line.bundle = flows
    limits = DialLimits(line.redis.client(), 1000.0, 3)
    line.calls.watch(limits.watch)
    limits.start()
    problems = ("a.flow.yaml:1:1: error: wrong",)
    yield EngineControl(
        line.calls, {"fs1": line.switch}, bundle=lambda: line.bundle, rules=DiallingRules("GB", max_duration=600.0),
        limits=limits, reload=lambda: FlowsReloaded("b1", False, problems),
    )  # fmt: skip
    limits.stop()


def refusal(control: Control, order: Any) -> ControlError:
    give = {DialOrder: control.dial, HangUpOrder: control.hang_up, FlowOrder: control.send}
    with pytest.raises(ControlError) as refused:
        give[type(order)](order)
    return refused.value


def caller(line: Line) -> LiveCall:
    live = line.arrives("wait")
    line.is_sent("answer")
    return live


def test_a_call_is_placed_and_its_order_kept(line: Line, control: EngineControl) -> None:
    order = DialOrder(
        "gateway/carrier/020 7946 0000", "asks", "default", {"who": "Zoe"}, "+442079460999", "The Shop", 25.0, 120.0
    )
    placed = control.dial(order)
    assert placed.switch == "fs1"
    (signal,) = line.kept(placed.call)
    assert isinstance(signal, DialRequested)
    assert (signal.leg, signal.switch, signal.target) == (
        LegId(placed.call),
        "fs1",
        GatewayNumber("+442079460000", "carrier"),
    )
    assert (signal.flow, signal.inputs, signal.ring_time, signal.max_duration) == ("asks", {"who": "Zoe"}, 25.0, 120.0)
    assert (signal.caller, signal.caller_name, signal.recordings) == ("+442079460999", "The Shop", "/rec")
    assert line.calls.get(placed.call) is not None


@pytest.mark.parametrize(
    ("changed", "fault", "why"),
    [
        ({"flow": "nothing"}, "unknown_flow", "no flow 'nothing'"),
        ({"flow": "theirs"}, "unknown_flow", "no flow 'theirs'"),
        ({"tenant": "acme"}, "unknown_flow", "no flow 'ours'"),
        ({"flow": "asks"}, "invalid", "needs who"),
        ({"flow": "asks", "inputs": {"who": {"no": 1}}}, "invalid", "inputs: "),
        ({"inputs": {"colour": "red"}}, "invalid", "has no input colour"),
        ({"to": "+449011234567"}, "refused_number", "premium"),
        ({"to": "gateway/a b/1"}, "refused_number", "gateway"),
        ({"to": "+442079460000"}, "refused_number", "no gateway is configured"),
        ({"ring_time": 0}, "invalid", "ring_time"),
        ({"max_duration": 601}, "invalid", "max_duration"),
        ({"caller": "a\nb"}, "invalid", "caller"),
        ({"switch": "fs9"}, "engine_away", "fs9"),
    ],
)
def test_a_call_that_cannot_be_placed_costs_nothing(
    line: Line, control: EngineControl, changed: dict[str, Any], fault: str, why: str
) -> None:
    values: dict[str, Any] = {"to": "user/zoe", "flow": "ours", "tenant": "default"}
    refused = refusal(control, DialOrder(**values | changed))
    assert refused.fault == fault
    assert why in str(refused)
    assert len(line.calls) == 0
    assert line.sent("originate") == []


def test_the_operator_uses_every_flow(control: EngineControl) -> None:
    assert control.dial(DialOrder("user/zoe", "theirs")).switch == "fs1"


def test_a_call_is_placed_once_under_its_id(line: Line, control: EngineControl) -> None:
    call = CallId("4990ca92-a3de-4111-b419-87ceaf4f9c90")
    assert control.dial(DialOrder("user/zoe", "ours"), call) == CallPlaced(call, "fs1")
    assert control.dial(DialOrder("user/zoe", "ours"), call) == CallPlaced(call, "fs1")
    line.is_sent("originate")
    assert len(line.sent("originate")) == 1


def test_limits_hold_until_a_call_has_ended(line: Line, control: EngineControl) -> None:
    placed = [control.dial(DialOrder("user/zoe", "ours")).call for _ in range(3)]
    assert refusal(control, DialOrder("user/zoe", "ours")).fault == "limit_reached"
    assert control.dial(DialOrder("user/zoe", "theirs")), "another tenant's"
    line.hangs_up(placed[0])

    def one_more() -> bool:
        try:
            return bool(control.dial(DialOrder("user/zoe", "ours")))
        except ControlError:
            return False

    eventually(one_more, "room for one more call")


def test_a_stopping_engine_or_a_lost_switch_places_no_calls(line: Line, control: EngineControl) -> None:
    line.calls.accepting = False
    assert refusal(control, DialOrder("user/zoe", "ours")).fault == "engine_away"
    line.calls.accepting = True
    line.switch.stop()
    assert refusal(control, DialOrder("user/zoe", "ours")).fault == "engine_away"


def test_limits_that_cannot_be_counted_allow_nothing(line: Line, flows: Bundle, own_redis: RedisServer) -> None:
    limits = DialLimits(own_redis.client(), 1.0, 1)
    control = EngineControl(
        line.calls, {"fs1": line.switch}, bundle=lambda: flows, rules=DiallingRules("GB"), limits=limits,
        reload=lambda: FlowsReloaded("b", False),
    )  # fmt: skip
    own_redis.kill()
    with pytest.raises(StoreError):
        control.dial(DialOrder("user/zoe", "ours"))
    assert len(line.calls) == 0


# Calls that live


def test_a_call_is_hung_up(line: Line, control: EngineControl) -> None:
    live = caller(line)
    assert control.hang_up(HangUpOrder(live.call, "default", "USER_BUSY", "enough")) == OrderTaken(live.call)
    assert f"uuid_kill {live.call} USER_BUSY" in line.is_sent("uuid_kill")
    (kept,) = [signal for signal in line.kept(live.call) if isinstance(signal, HangupRequested)]
    assert (kept.cause, kept.reason) == ("USER_BUSY", "enough")
    assert refusal(control, HangUpOrder(live.call)).fault == "too_late"
    assert refusal(control, FlowOrder(live.call, "ours")).fault == "too_late"
    line.hangs_up(live.call)
    line.closed(live)
    assert refusal(control, HangUpOrder(live.call)).fault == "unknown_call"


def test_a_call_is_sent_into_another_flow(line: Line, control: EngineControl) -> None:
    live = caller(line)
    assert control.send(FlowOrder(live.call, "asks", "default", {"who": "Ann"})) == OrderTaken(live.call)
    kept = eventually(
        lambda: [signal for signal in line.kept(live.call) if isinstance(signal, FlowRequested)], "the order"
    )
    assert (kept[0].flow, kept[0].inputs) == ("asks", {"who": "Ann"})
    eventually(lambda: line.types(live.call).count("flow.started") == 2, "the other flow")


@pytest.mark.parametrize(
    ("flow", "inputs", "fault"),
    [("nothing", {}, "unknown_flow"), ("theirs", {}, "unknown_flow"), ("asks", {}, "invalid"),
     ("ours", {"x": 1}, "invalid")],
)  # fmt: skip
def test_a_call_that_cannot_be_sent_goes_on(
    line: Line, control: EngineControl, flow: str, inputs: dict[str, Any], fault: str
) -> None:
    live = caller(line)
    for tenant in (None, "default"):  # whoever asks: a call never leaves its tenant's flows
        assert refusal(control, FlowOrder(live.call, flow, tenant, inputs)).fault == fault
    assert line.types(live.call).count("flow.started") == 1


def test_calls_of_others_are_not_there(line: Line, control: EngineControl) -> None:
    live = caller(line)
    for order in (HangUpOrder(live.call, "acme"), FlowOrder(live.call, "theirs", "acme"), HangUpOrder(CallId("none"))):
        assert refusal(control, order).fault == "unknown_call"
    assert live.machine.phase == "flow"


@pytest.mark.parametrize(
    "order", [{"cause": "NO_SUCH_CAUSE"}, {"cause": "X\nY"}, {"reason": "a\rb"}, {"reason": "x" * 201}]
)
def test_what_makes_no_sense_is_refused(line: Line, control: EngineControl, order: dict[str, Any]) -> None:
    live = caller(line)
    assert refusal(control, HangUpOrder(live.call, **order)).fault == "invalid"
    assert live.machine.phase == "flow"


def test_what_is_wrong_in_flows_is_for_who_owns_them_all(control: EngineControl, line: Line) -> None:
    problems = ("a.flow.yaml:1:1: error: wrong",)
    assert control.reload(ReloadOrder()) == FlowsReloaded("b1", False, problems)
    (hint,) = control.reload(ReloadOrder("default")).problems
    assert "operator" in hint
    only = loaded(project(dialplans__main='rules:\n  - {number: "101", flow: ours}\n', ours=FLOWS["ours"]))
    assert only.bundle is not None
    line.bundle = only.bundle
    assert control.reload(ReloadOrder("default")).problems == problems
