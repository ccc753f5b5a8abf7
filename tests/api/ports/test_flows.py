"""What the API is promised of flows is kept by the real ones, and by those in memory."""

import pytest

from engine.api.ports.flows import Flows
from engine.shell.serving.flow_project import FlowProject
from tests.api.memory import MemoryFlows
from tests.api.ports.promise import broken_by


@pytest.mark.parametrize("kept", [FlowProject, MemoryFlows])
def test_the_promise_is_kept(kept: type) -> None:
    assert broken_by(Flows, kept) == []
    assert broken_by(Flows, object)
