"""What the API counts: requests by method and status, their seconds, connections and readers of events."""

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.registry import CollectorRegistry

from engine.shell.metrics import SECONDS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class ApiMetrics:
    """The numbers of one API process, on a registry. No label ever holds what a caller has written."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "switchboard_api_requests", "Requests answered or refused.", ("method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "switchboard_api_seconds", "Seconds of a request, streams of events aside.", registry=registry,
            buckets=SECONDS,
        )  # fmt: skip
        self._registry = registry

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method if method in METHODS else "other", str(status)).inc()
        self._seconds.observe(seconds)

    def watch(self, connections: Callable[[], float], readers: Callable[[], float]) -> None:
        """Ask for the open connections and the readers of events when somebody looks."""
        Gauge("switchboard_api_connections", "Open connections.", registry=self._registry).set_function(connections)
        Gauge("switchboard_api_event_readers", "Readers of events.", registry=self._registry).set_function(readers)
