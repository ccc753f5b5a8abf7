"""What calls tell, as metrics."""

from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry

from engine.core.events import CallEvent
from engine.core.ids import CallId
from engine.shell.measuring import Tally


def event(type_: str, at: float = 10.0, **fields: Any) -> CallEvent:
    return CallEvent(CallId("c"), 1, type_, at, "default", fields)


def test_told_events_become_metrics_at_the_next_look() -> None:
    switches = {
        "fs1": SimpleNamespace(state="up", reconnections=2),
        "fs2": SimpleNamespace(state="down", reconnections=0),
    }
    tally = Tally([1, 2], SimpleNamespace(backlog=7), switches)  # type: ignore[arg-type]
    live: Any = SimpleNamespace(machine=SimpleNamespace(arrival=SimpleNamespace(at=9.97)))
    tally.count(live, [event("call.initiated"), event("call.answered", direction="inbound")])
    tally.count(
        live, [event("flow.step", kind="menu"), event("flow.step", kind="menu"), event("flow.step", kind="play")]
    )
    tally.count(live, [event("flow.error", error="http.timeout"), event("call.ended", ended_by="caller")])
    registry = CollectorRegistry()
    registry.register(tally)

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"switchboard_{name}", labels)

    assert value("calls") == 2
    assert value("events_waiting") == 7
    assert value("calls_started_total") == 1
    assert value("events_published_total") == 7
    assert value("flow_steps_total", kind="menu") == 2
    assert value("flow_errors_total", error="http.timeout") == 1
    assert value("calls_ended_total", ended_by="caller") == 1
    assert value("setup_seconds_bucket", le="0.025") == 0
    assert value("setup_seconds_bucket", le="0.05") == 1
    assert value("setup_seconds_count") == 1
    assert value("switch_up", switch="fs1") == 1
    assert value("switch_up", switch="fs2") == 0
    assert value("switch_reconnects_total", switch="fs1") == 2
