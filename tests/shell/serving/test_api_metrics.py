"""What the API counts."""

from prometheus_client.registry import CollectorRegistry

from engine.shell.serving.api_metrics import ApiMetrics


def test_methods_of_callers_own_making_are_one_label() -> None:
    registry = CollectorRegistry()
    metrics = ApiMetrics(registry)
    for method in ("GET", "BREW", "get", ""):
        metrics.answered(method, 200, 0.002)
    count = registry.get_sample_value
    assert count("switchboard_api_requests_total", {"method": "GET", "status": "200"}) == 1
    assert count("switchboard_api_requests_total", {"method": "other", "status": "200"}) == 3
    assert count("switchboard_api_seconds_count") == 4


def test_what_is_open_is_asked_for_when_somebody_looks() -> None:
    registry = CollectorRegistry()
    open_ = [3.0]
    ApiMetrics(registry).watch(lambda: open_[0], lambda: 1.0)
    open_[0] = 5.0
    assert registry.get_sample_value("switchboard_api_connections") == 5
    assert registry.get_sample_value("switchboard_api_event_readers") == 1
