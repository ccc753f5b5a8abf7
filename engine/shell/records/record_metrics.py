"""What the recorder of calls counts."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.shell.records.recorder import Recorder

PREFIX = "switchboard_records"


class RecordMetrics(Collector):
    """The numbers of one recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def collect(self) -> Iterator[Metric]:
        """The counts as they are now."""
        recorder = self._recorder
        yield CounterMetricFamily(f"{PREFIX}_events", "Events taken into records of calls.", value=recorder.recorded)
        yield CounterMetricFamily(
            f"{PREFIX}_missing_events", "Events that were gone before they were read.", value=recorder.missing
        )
        yield CounterMetricFamily(
            f"{PREFIX}_unreadable_events", "Events no record could take in.", value=recorder.unreadable
        )
        yield CounterMetricFamily(f"{PREFIX}_lost_calls", "Calls whose end was never told.", value=recorder.lost_calls)
        yield GaugeMetricFamily(f"{PREFIX}_shards", "Shards this process records.", value=recorder.shards)
        yield GaugeMetricFamily(
            f"{PREFIX}_behind_seconds", "Seconds the last events lay in their stream.", value=recorder.behind
        )
