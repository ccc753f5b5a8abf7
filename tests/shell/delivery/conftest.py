"""A stand with deliver processes over the shared Redis."""

import socket
from collections.abc import Iterator

import pytest

from engine.shell.delivery.endpoints import EndpointStore
from engine.shell.store import connect
from tests.shell.delivery.stand import Stand
from tests.shell.redis_server import RedisServer


@pytest.fixture
def stand(redis_server: RedisServer) -> Iterator[Stand]:
    """Deliver processes of one test."""
    stand = Stand(redis_server)
    yield stand
    stand.close()


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[EndpointStore]:
    """The endpoints, sealed so that a test can look."""
    client = connect(redis_server.url)
    yield EndpointStore(client, lambda text: text[::-1], lambda text: text[::-1])
    client.close()


@pytest.fixture
def free_port() -> int:
    """A port nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
