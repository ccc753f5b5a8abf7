"""What the delivery of webhooks counts; what waits in Redis is looked at only when somebody asks."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import redis
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.shell.delivery.queue import EndpointQueue
from engine.shell.metrics import SECONDS
from engine.webhooks.attempt import Attempt

PREFIX = "switchboard_webhook"


class DeliveryMetrics(Collector):
    """The numbers of one deliver process, over the endpoints it owns."""

    def __init__(self, client: redis.Redis, *, shards: int = 1) -> None:
        self._redis = client
        self._shards = shards
        self._results: Counter[tuple[str, str]] = Counter()
        self._opened = 0
        self._seconds: Counter[float] = Counter()
        self._total = 0.0
        self.owned: Callable[[], Sequence[str]] = list
        self.in_flight: Callable[[], int] = int
        self.events: Callable[[], int] = int

    def attempted(self, attempt: Attempt, result: str) -> None:
        """One request ended."""
        self._results[result, attempt.failure] += 1
        seconds = attempt.took_ms / 1000
        self._total += seconds
        self._seconds[next((bound for bound in SECONDS if seconds <= bound), float("inf"))] += 1

    def opened(self) -> None:
        """A breaker opened."""
        self._opened += 1

    def collect(self) -> Iterator[Metric]:
        """The counts, and what waits."""
        attempts = CounterMetricFamily(
            f"{PREFIX}_attempts", "Requests sent, by what they came to and how they failed.", labels=["result", "error"]
        )
        for (result, error), count in self._results.items():
            attempts.add_metric([result, error], count)
        yield attempts
        buckets, running = [], 0
        for bound in (*SECONDS, float("inf")):
            running += self._seconds[bound]
            buckets.append(("+Inf" if bound == float("inf") else str(bound), running))
        yield HistogramMetricFamily(f"{PREFIX}_seconds", "Seconds of one request.", buckets, self._total)
        yield CounterMetricFamily(f"{PREFIX}_breaker_opened", "Times an endpoint was left alone.", value=self._opened)
        yield CounterMetricFamily(f"{PREFIX}_events", "Events looked at for endpoints.", value=self.events())
        yield GaugeMetricFamily(f"{PREFIX}_in_flight", "Requests on their way.", value=self.in_flight())
        owned = self.owned()
        yield GaugeMetricFamily(f"{PREFIX}_endpoints", "Endpoints this process delivers to.", value=len(owned))
        try:
            yield from self._waiting(owned)
        except redis.RedisError:
            return  # a page without these numbers is better than none

    def _waiting(self, owned: Sequence[str]) -> Iterator[Metric]:
        depth: Counter[str] = Counter()
        oldest = 0.0
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.time()
            for endpoint in owned:
                queue = EndpointQueue(endpoint, shards=self._shards)
                pipeline.zcard(queue.keys.slow)
                pipeline.zcard(queue.keys.dead)
                for stream in queue.streams:
                    pipeline.xlen(stream)
                    pipeline.xrange(stream, count=1)
            (seconds, micros), *answers = pipeline.execute()
        rest: Iterator[Any] = iter(answers)
        now = seconds + micros / 1_000_000
        for _ in owned:
            depth["slow"] += next(rest)
            depth["dead"] += next(rest)
            for _ in range(self._shards + 1):
                depth["queued"] += next(rest)
                for position, _fields in next(rest):
                    oldest = max(oldest, now - int(position.partition(b"-")[0]) / 1000)
        waiting = GaugeMetricFamily(f"{PREFIX}_waiting", "Events of endpoints, by where they wait.", labels=["state"])
        for state in ("queued", "slow", "dead"):
            waiting.add_metric([state], depth[state])
        yield waiting
        yield GaugeMetricFamily(f"{PREFIX}_oldest_seconds", "Age of the oldest event in any queue.", value=oldest)
