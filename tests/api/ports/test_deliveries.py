"""What the API is promised of deliveries is kept."""

from engine.api.ports import deliveries
from engine.shell.serving.deliveries import Deliveries
from tests.api.ports.promise import broken_by


def test_the_promise_is_kept() -> None:
    assert broken_by(deliveries.Deliveries, Deliveries) == []
