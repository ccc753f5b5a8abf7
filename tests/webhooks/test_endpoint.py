"""Endpoints: what they sign with, how they are stored, what disabling does."""

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.webhooks.endpoint import Endpoint, EndpointId, as_record, from_record
from engine.webhooks.retry_schedule import RetryPolicy
from engine.webhooks.secret import OVERLAP, Secret, new_secret

PLAIN = Endpoint(EndpointId("ep_1"), "default", "https://example.com/hook", ("*",), (new_secret(bytes(32)),))


def sealed(text: str) -> str:
    return text[::-1]


@given(
    st.builds(
        Endpoint,
        id=st.text().map(EndpointId),
        tenant=st.text(),
        url=st.text(),
        events=st.lists(st.text()).map(tuple),
        secrets=st.lists(
            st.builds(Secret, st.text(), st.none() | st.floats(allow_nan=False, allow_infinity=False)), min_size=1
        ).map(tuple),
        is_active=st.booleans(),
        retry_enabled=st.booleans(),
        max_retries=st.integers(0, 20),
        disabled_at=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        disabled_reason=st.sampled_from(["", "paused", "gone", "failing"]),
    )
)
def test_it_comes_back_as_it_was_stored(endpoint: Endpoint) -> None:
    assert from_record(json.loads(json.dumps(as_record(endpoint, sealed))), sealed) == endpoint


def test_no_secret_is_stored_open() -> None:
    assert PLAIN.secrets[0].text not in json.dumps(as_record(PLAIN, sealed))
    assert PLAIN.secrets[0].text not in repr(PLAIN)


def test_what_a_newer_process_added_is_left_alone() -> None:
    assert from_record({**as_record(PLAIN, sealed), "colour": "green"}, sealed) == PLAIN


def test_both_secrets_sign_for_a_day_after_a_rotation() -> None:
    fresh = new_secret(bytes([1] * 32))
    after = PLAIN.with_fresh_secret(fresh, 100.0)
    assert after.signing_keys(100.0) == (bytes([1] * 32), bytes(32))
    assert after.signing_keys(100.0 + OVERLAP) == (bytes([1] * 32),)
    assert after.updated_at == 100.0


def test_disabling_says_why_and_enabling_forgets_it() -> None:
    off = PLAIN.disabled("gone", 5.0)
    assert (off.is_active, off.disabled_at, off.disabled_reason) == (False, 5.0, "gone")
    on = off.enabled(6.0)
    assert (on.is_active, on.disabled_at, on.disabled_reason, on.updated_at) == (True, None, "", 6.0)


def test_its_retry_policy() -> None:
    assert PLAIN.policy == RetryPolicy(enabled=True, max_retries=5, delay=60.0)
