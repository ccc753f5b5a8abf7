"""What the API is promised of keys is kept by the real ones, and by those in memory."""

import pytest

from engine.api.ports.keys import EVERYTHING, SCOPES, Caller, Keys
from engine.shell.serving.api_keys import ApiKeys
from tests.api.memory import MemoryKeys
from tests.api.ports.promise import broken_by


@pytest.mark.parametrize("kept", [ApiKeys, MemoryKeys])
def test_the_promise_is_kept(kept: type) -> None:
    assert broken_by(Keys, kept) == []
    assert broken_by(Keys, object)


def test_a_caller_may_what_the_key_was_given() -> None:
    some = Caller("k", "acme", frozenset({"calls:read"}), 60, 3600)
    assert [some.may(scope) for scope in ("calls:read", "calls:write")] == [True, False]
    assert all(Caller("k", "acme", frozenset({EVERYTHING}), 60, 3600).may(scope) for scope in SCOPES)
