"""The console over a world in memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.api.services import Services
from tests.api.console.browsing import Browser
from tests.api.console.endings import MemoryDeliveries, MemoryEndpoints
from tests.api.console.lively import MemoryCalls, MemoryEvents, MemorySessions
from tests.api.memory import MemoryControl, MemoryFlows, sources

STEPS = "start: a\nblocks:\n  a:\n    - answer:\n    - hangup:\n"
INPUTS = """inputs:
  customer: {type: digits, description: Who is asked}
  score: {type: number, default: null}
  again: {type: bool, default: null}
  about: {type: map, default: null}
"""
FLOWS = {
    "ivr_flows/support.flow.yaml": f"flow: support\ndescription: Help\n{STEPS}",
    "ivr_flows/survey.flow.yaml": f"flow: survey\n{INPUTS}{STEPS}",
    "ivr_flows/foreign.flow.yaml": f"flow: foreign\ntenant: else\n{STEPS}",
}


@pytest.fixture
def world(world: Services) -> Services:
    """Calls, events, endpoints and sessions in memory too; the flows are those of `FLOWS`."""
    return replace(
        world, calls=MemoryCalls(), events=MemoryEvents(), endpoints=MemoryEndpoints(), deliveries=MemoryDeliveries(),
        sessions=MemorySessions(), flows=MemoryFlows(sources(FLOWS)),
        control=MemoryControl(flows={"support": "acme", "survey": "acme", "foreign": "else"}),
    )  # fmt: skip


SignIn = Callable[..., Browser]


@pytest.fixture
def sign_in(world: Services) -> SignIn:
    """A browser that is signed in: `sign_in("calls:read", tenant="acme")`."""

    def enter(*scopes: str, **whose: Any) -> Browser:
        return Browser(world).enter(*scopes, **whose)

    return enter
