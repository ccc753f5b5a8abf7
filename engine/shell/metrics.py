"""What the engine counts, and the page where Prometheus reads it. No label ever holds a call, a number or a name."""

import os

from gevent.pywsgi import WSGIServer
from prometheus_client import CollectorRegistry, Counter, Histogram, make_wsgi_app
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from engine.core.errors import SettingsError

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Every number the engine keeps, in a registry of its own so that tests and processes do not share one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, histogram = self._counter, self._histogram

        self.renders = counter("prompt_renders", "Prompts spoken, by result.", "provider", "result")
        self.render_seconds = histogram("prompt_render_seconds", "Seconds to speak one prompt.", "provider")
        self.http_requests = counter("http_requests", "Requests of flows: the status class, or the error.", "result")
        self.http_seconds = histogram("http_seconds", "Seconds of one request of a flow.")
        self.hub_blocked = counter("hub_blocked", "Times one greenlet held up all others for over 50 ms.")
        self.reloads = counter("project_reloads", "Versions of the project read, by result.", "result")

        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"switchboard_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(f"switchboard_{name}", text, labels, registry=self.registry, buckets=SECONDS)


def serve_metrics(metrics: Metrics, port: int, setting: str = "metrics_port", host: str = "127.0.0.1") -> WSGIServer:
    """Serve the page at `/metrics` on its own port; 0 takes a free one (see `.server_port`). Returns it to `stop`.

    Raises SettingsError, which names the setting of the port, when the port is taken.
    """
    server = WSGIServer((host, port), make_wsgi_app(metrics.registry), log=None, error_log=None)
    try:
        server.start()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(f"{setting}: cannot listen at {host}:{port} ({why}); give it another port") from None
    return server
