"""Metrics: counted apart per process, readable by Prometheus, without personal labels."""

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.core.errors import SettingsError
from engine.shell.metrics import Metrics, serve_metrics


def test_the_page_shows_what_was_counted() -> None:
    metrics = Metrics()
    metrics.http_requests.labels("http.timeout").inc(2)
    metrics.http_seconds.observe(0.03)
    server = serve_metrics(metrics, 0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as reply:
            text = reply.read().decode()
    finally:
        server.stop()
    samples = {
        (s.name, *s.labels.values()): s.value for family in text_string_to_metric_families(text) for s in family.samples
    }
    assert samples["switchboard_http_requests_total", "http.timeout"] == 2
    assert samples["switchboard_http_seconds_count",] == 1
    assert samples["process_open_fds",] > 0


def test_a_port_that_is_taken_is_told_with_its_setting() -> None:
    first = serve_metrics(Metrics(), 0)
    try:
        with pytest.raises(SettingsError, match=r"^api\.metrics_port: cannot listen at .*\(Address already in use\)"):
            serve_metrics(Metrics(), first.server_port, "api.metrics_port")
    finally:
        first.stop()


def test_two_engines_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.hub_blocked.inc()
    assert other.registry.get_sample_value("switchboard_hub_blocked_total") == 0


def test_no_label_can_tell_one_call_from_another() -> None:
    labels = {
        label for family in Metrics().registry._collector_to_names for label in getattr(family, "_labelnames", ())
    }
    assert labels == {"provider", "result"}
