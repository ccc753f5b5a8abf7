"""The API over a world in memory, and clients with keys."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from engine.api.frame import create_app
from engine.api.services import Services
from tests.api.memory import (
    Absent,
    MemoryControl,
    MemoryFlows,
    MemoryIdempotency,
    MemoryKeys,
    MemoryLimits,
    MemoryReadiness,
    caller,
)


@pytest.fixture
def world() -> Services:
    """Every part in memory; a test replaces what it needs: `dataclasses.replace(world, calls=...)`."""
    absent: Any = Absent()
    return Services(
        keys=MemoryKeys(), limits=MemoryLimits(), idempotency=MemoryIdempotency(), readiness=MemoryReadiness(),
        flows=MemoryFlows(), control=MemoryControl(), calls=absent, endpoints=absent, deliveries=absent,
        events=absent, usage=absent, sessions=absent,
    )  # fmt: skip


Connect = Callable[..., Client]


@pytest.fixture
def connect() -> Connect:
    """A client of the API over a world; `connect(world, "acme", "calls:read")` has a key of its own."""

    def make(world: Services, tenant: str = "", *scopes: str, **own: Any) -> Client:
        client = create_app(world).test_client()
        if tenant:
            assert isinstance(world.keys, MemoryKeys)
            text = world.keys.give(f"text of {tenant} {scopes}", caller(tenant, *scopes, **own))
            client.environ_base["HTTP_X_API_KEY"] = text
        return client

    return make
