"""What the API is promised of limits is kept by the real ones, and by those in memory."""

import pytest

from engine.api.ports.limits import Limits
from engine.shell.serving.rate_limits import RateLimits
from tests.api.memory import MemoryLimits
from tests.api.ports.promise import broken_by


@pytest.mark.parametrize("kept", [RateLimits, MemoryLimits])
def test_the_promise_is_kept(kept: type) -> None:
    assert broken_by(Limits, kept) == []
    assert broken_by(Limits, object)
