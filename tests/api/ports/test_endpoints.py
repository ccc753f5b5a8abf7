"""What the API is promised of endpoints is kept."""

from engine.api.ports import endpoints
from engine.shell.delivery.endpoints import EndpointStore
from tests.api.ports.promise import broken_by


def test_the_promise_is_kept() -> None:
    assert broken_by(endpoints.Endpoints, EndpointStore) == []
