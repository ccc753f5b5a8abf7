"""What the API is promised of idempotency is kept by the real ones, and by those in memory."""

import pytest

from engine.api.ports.idempotency import Idempotency
from engine.shell.serving.kept_replies import KeptReplies
from tests.api.memory import MemoryIdempotency
from tests.api.ports.promise import broken_by


@pytest.mark.parametrize("kept", [KeptReplies, MemoryIdempotency])
def test_the_promise_is_kept(kept: type) -> None:
    assert broken_by(Idempotency, kept) == []
    assert broken_by(Idempotency, object)
