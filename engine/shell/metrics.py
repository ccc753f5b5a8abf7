"""What the engine counts, and the page where Prometheus reads it. No label ever holds a call, a number or a name."""

from collections.abc import Callable

from gevent.pywsgi import WSGIServer
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Every number the engine keeps, in a registry of its own so that tests and processes do not share one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, gauge, histogram = self._counter, self._gauge, self._histogram

        self.calls = gauge("calls", "Calls served now.")
        self.calls_started = counter("calls_started", "Calls that reached the engine.")
        self.calls_ended = counter("calls_ended", "Calls that ended, by what ended them.", "ended_by")
        self.calls_recovered = counter("calls_recovered", "Calls taken over from another engine process.")
        self.setup_seconds = histogram("setup_seconds", "From a caller's arrival to our answer.")
        self.steps = counter("flow_steps", "Steps run, by kind.", "kind")
        self.flow_errors = counter("flow_errors", "Errors of flows, by name.", "error")

        self.switch_up = gauge("switch_up", "1 while a switch is connected.", "switch")
        self.switch_reconnects = counter("switch_reconnects", "Connections that had to be made anew.", "switch")
        self.command_seconds = histogram("command_seconds", "From a command to its reply.", "switch")
        self.commands_failed = counter("commands_failed", "Commands refused, lost or late.", "switch", "reason")
        self.switch_events = counter("switch_events", "Events read from a switch.", "switch")

        self.events_published = counter("events_published", "CallEvents written to Redis.")
        self.events_waiting = gauge("events_waiting", "CallEvents that wait for Redis.")
        self.redis_seconds = histogram("redis_seconds", "From a batch for Redis to its reply.")
        self.redis_failures = counter("redis_failures", "Batches Redis did not take at once.")

        self.renders = counter("prompt_renders", "Prompts spoken, by result.", "provider", "result")
        self.render_seconds = histogram("prompt_render_seconds", "Seconds to speak one prompt.", "provider")
        self.http_requests = counter("http_requests", "Requests of flows: the status class, or the error.", "result")
        self.http_seconds = histogram("http_seconds", "Seconds of one request of a flow.")
        self.hub_blocked = counter("hub_blocked", "Times one greenlet held up all others for over 50 ms.")
        self.reloads = counter("project_reloads", "Versions of the project read, by result.", "result")

        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def watch(self, *, calls: Callable[[], float], backlog: Callable[[], float]) -> None:
        """Read how many calls there are, and how many events wait for Redis, whenever the page is asked for."""
        self.calls.set_function(calls)
        self.events_waiting.set_function(backlog)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"switchboard_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"switchboard_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(f"switchboard_{name}", text, labels, registry=self.registry, buckets=SECONDS)


def serve_metrics(metrics: Metrics, port: int, host: str = "127.0.0.1") -> WSGIServer:
    """Serve the page at `/metrics` on its own port; 0 takes a free one (see `.server_port`). Returns it to `stop`."""
    server = WSGIServer((host, port), make_wsgi_app(metrics.registry), log=None, error_log=None)
    server.start()
    return server
