"""What the API is promised of readiness is kept by the real one, and by the one in memory."""

import pytest

from engine.api.ports.readiness import Readiness
from engine.shell.serving.readiness import Readiness as RealReadiness
from tests.api.memory import MemoryReadiness
from tests.api.ports.promise import broken_by


@pytest.mark.parametrize("kept", [RealReadiness, MemoryReadiness])
def test_the_promise_is_kept(kept: type) -> None:
    assert broken_by(Readiness, kept) == []
