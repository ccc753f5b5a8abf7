"""What waits for Redis, and what was lost, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.shell.store import Store


class OutboxGauges(Collector):
    """Looks at a store when somebody asks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """How Redis and the outbox are."""
        store, outbox, detour = self._store, self._store.outbox, self._store.detour

        def gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
            return GaugeMetricFamily(f"switchboard_{name}", text, value=value)

        yield gauge("redis_up", "1 while Redis takes what calls tell.", float(store.available))
        if outbox is None or detour is None:
            return
        yield gauge("outbox_turns", "Turns of calls on the disk, for Redis.", outbox.rows)
        yield gauge("outbox_bytes", "Bytes of these turns.", outbox.size)
        yield gauge("outbox_max_bytes", "Bytes they may take.", outbox.max_bytes)
        yield gauge("outbox_oldest_seconds", "How long the oldest of them has waited.", outbox.oldest_age)
        yield gauge("outbox_failing", "1 while the disk takes none, and they wait in memory.", float(not detour.keeps))
        yield CounterMetricFamily(
            "switchboard_outbox_lost_events", "Events that neither Redis nor disk nor memory could hold.",
            value=detour.lost,
        )  # fmt: skip
        yield CounterMetricFamily(
            "switchboard_outbox_unreadable_turns", "Turns on the disk that could not be read any more.",
            value=outbox.set_aside,
        )  # fmt: skip
