"""What the delivery counts, as a scrape reads it."""

from prometheus_client import CollectorRegistry, generate_latest

from engine.shell.delivery.delivery_metrics import DeliveryMetrics
from engine.shell.delivery.queue import EndpointQueue
from engine.shell.store import connect
from engine.webhooks.attempt import Attempt, Failure, Verdict
from tests.shell.redis_server import RedisServer


def page(metrics: DeliveryMetrics) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(metrics)
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for line in lines if not line.startswith("#") for name, value in [line.rsplit(" ", 1)]}


def test_attempts_are_counted_by_what_they_came_to(redis_server: RedisServer) -> None:
    metrics = DeliveryMetrics(connect(redis_server.url))
    for ms in (3, 30, 3000):
        metrics.attempted(Attempt("e", 1, 0.0, ms, Verdict.DELIVERED, 200), "delivered")
    metrics.attempted(Attempt("e", 1, 0.0, 10_000, Verdict.RETRY, failure=Failure.TIMEOUT), "retry")
    metrics.opened()
    metrics.in_flight = lambda: 4
    metrics.events = lambda: 17
    found = page(metrics)
    assert found['switchboard_webhook_attempts_total{error="",result="delivered"}'] == 3
    assert found['switchboard_webhook_attempts_total{error="timeout",result="retry"}'] == 1
    assert found["switchboard_webhook_seconds_count"] == 4
    assert found["switchboard_webhook_seconds_sum"] == 13.033
    assert found['switchboard_webhook_seconds_bucket{le="0.05"}'] == 2
    assert found["switchboard_webhook_breaker_opened_total"] == 1
    assert found["switchboard_webhook_in_flight"] == 4
    assert found["switchboard_webhook_events_total"] == 17


def test_what_waits_is_counted_over_all_endpoints_of_the_process(redis_server: RedisServer) -> None:
    client = redis_server.client()
    seconds, _ = client.time()  # type: ignore[misc]
    for name, count in (("ep_one", 3), ("ep_two", 2), ("ep_other", 9)):
        queue = EndpointQueue(name)
        for n in range(count):
            client.xadd(queue.streams[0], {"i": "x"}, id=f"{(seconds - 90) * 1000}-{n + 1}")
            client.zadd(queue.keys.slow, {f"e{n}": 1})
        client.zadd(queue.keys.dead, {"e": 1})
    metrics = DeliveryMetrics(connect(redis_server.url))
    metrics.owned = lambda: ["ep_one", "ep_two"]
    found = page(metrics)
    assert found['switchboard_webhook_waiting{state="queued"}'] == 5
    assert found['switchboard_webhook_waiting{state="slow"}'] == 5
    assert found['switchboard_webhook_waiting{state="dead"}'] == 2
    assert found["switchboard_webhook_endpoints"] == 2
    assert 89 <= found["switchboard_webhook_oldest_seconds"] < 150


def test_without_redis_the_page_has_what_the_process_knows(own_redis: RedisServer) -> None:
    metrics = DeliveryMetrics(connect(own_redis.url))
    own_redis.kill()
    metrics.owned = lambda: ["ep_one"]
    found = page(metrics)
    assert found["switchboard_webhook_endpoints"] == 1
    assert 'switchboard_webhook_waiting{state="queued"}' not in found
