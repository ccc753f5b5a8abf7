"""What the engine does, as numbers: gauges read when somebody looks, counters moved by what calls tell."""

from engine.core.events import CallEvent
from engine.shell.calls import Calls
from engine.shell.live_call import LiveCall
from engine.shell.metrics import Metrics
from engine.shell.store import Store


def measure(metrics: Metrics, calls: Calls, store: Store) -> None:
    """Keep the metrics of calls and events up to date from now on."""
    metrics.calls.set_function(lambda: len(calls))
    metrics.events_waiting.set_function(lambda: store.backlog)
    calls.watch(Tally(metrics))


class Tally:
    """Counts CallEvents as they are told."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, live: LiveCall, events: list[CallEvent]) -> None:
        """Count a batch of one call."""
        metrics = self._metrics
        metrics.events_published.inc(len(events))
        for event in events:
            match event.type:
                case "call.initiated":
                    metrics.calls_started.inc()
                case "call.answered" if event.fields.get("direction") == "inbound" and live.machine.arrival:
                    metrics.setup_seconds.observe(max(0.0, event.at - live.machine.arrival.at))
                case "call.ended":
                    metrics.calls_ended.labels(str(event.fields.get("ended_by"))).inc()
                case "call.recovered":
                    metrics.calls_recovered.inc()
                case "flow.step":
                    metrics.steps.labels(str(event.fields.get("kind"))).inc()
                case "flow.error":
                    metrics.flow_errors.labels(str(event.fields.get("error"))).inc()
