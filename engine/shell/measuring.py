"""What calls do, as numbers: counted as it is told, and turned into metrics only when somebody looks."""

from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.core.events import CallEvent
from engine.shell.calls import Calls
from engine.shell.live_call import LiveCall
from engine.shell.metrics import SECONDS, Metrics
from engine.shell.store import Store
from engine.shell.switch import Switch


def measure(metrics: Metrics, calls: Calls, store: Store, switches: Mapping[str, Switch]) -> "Tally":
    """Keep the metrics of calls and events from now on."""
    tally = Tally(calls, store, switches)
    metrics.registry.register(tally)
    calls.watch(tally.count)
    return tally


class Tally(Collector):
    """Counts CallEvents; a scrape makes metrics of the counts."""

    def __init__(self, calls: Calls, store: Store, switches: Mapping[str, Switch]) -> None:
        self._calls = calls
        self._store = store
        self._switches = switches
        self._types: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._setup: Counter[float] = Counter()
        self._setup_total = 0.0

    def count(self, live: LiveCall, events: list[CallEvent]) -> None:
        """Count a batch of one call."""
        for event in events:
            kind = event.type
            self._types[kind] += 1
            if kind == "flow.step":
                self._kinds[str(event.fields["kind"])] += 1
            elif kind == "call.ended":
                self._ended[str(event.fields["ended_by"])] += 1
            elif kind == "flow.error":
                self._errors[str(event.fields["error"])] += 1
            elif kind == "call.answered" and event.fields["direction"] == "inbound" and live.machine.arrival:
                seconds = max(0.0, event.at - live.machine.arrival.at)
                self._setup_total += seconds
                self._setup[next((bound for bound in SECONDS if seconds <= bound), float("inf"))] += 1

    def collect(self) -> Iterator[Metric]:
        """The counts as metrics."""
        yield GaugeMetricFamily("switchboard_calls", "Calls served now.", value=len(self._calls))
        yield GaugeMetricFamily("switchboard_events_waiting", "Turns that wait for Redis.", value=self._store.backlog)
        yield self._family("calls_started", "Calls that reached the engine.", self._types["call.initiated"])
        yield self._family("calls_recovered", "Calls taken over from another process.", self._types["call.recovered"])
        yield self._family("events_published", "CallEvents told.", self._types.total())
        yield self._labelled("calls_ended", "Calls that ended, by what ended them.", "ended_by", self._ended)
        yield self._labelled("flow_steps", "Steps run, by kind.", "kind", self._kinds)
        yield self._labelled("flow_errors", "Errors of flows, by name.", "error", self._errors)
        up = GaugeMetricFamily("switchboard_switch_up", "1 while a switch is connected.", labels=["switch"])
        lost = CounterMetricFamily("switchboard_switch_reconnects", "Connections made anew.", labels=["switch"])
        for name, switch in self._switches.items():
            up.add_metric([name], float(switch.state == "up"))
            lost.add_metric([name], switch.reconnections)
        yield up
        yield lost
        buckets, running = [], 0
        for bound in (*SECONDS, float("inf")):
            running += self._setup[bound]
            buckets.append(("+Inf" if bound == float("inf") else str(bound), running))
        yield HistogramMetricFamily(
            "switchboard_setup_seconds", "From a caller's arrival to our answer.", buckets, self._setup_total
        )

    @staticmethod
    def _family(name: str, text: str, value: int) -> CounterMetricFamily:
        return CounterMetricFamily(f"switchboard_{name}", text, value=value)

    @staticmethod
    def _labelled(name: str, text: str, label: str, counts: Counter[str]) -> CounterMetricFamily:
        family = CounterMetricFamily(f"switchboard_{name}", text, labels=[label])
        for value, count in counts.items():
            family.add_metric([value], count)
        return family
