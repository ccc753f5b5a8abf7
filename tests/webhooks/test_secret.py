"""Secrets: their written form, and rotation with an overlap of a day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.webhooks.secret import MOST_OLD, OVERLAP, Secret, active_secrets, new_secret, rotated, secret_key


@given(st.binary(min_size=32, max_size=32))
def test_a_new_secret_is_written_as_customers_know_it(chance: bytes) -> None:
    secret = new_secret(chance)
    assert secret.text.startswith("whsec_")
    assert secret.key == chance
    assert secret_key(secret.text.removeprefix("whsec_")) == chance
    assert secret.text not in repr(secret)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_only_32_bytes_make_one(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        new_secret(bytes(size))


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_not base64", "whsec_AAAA", "whsec_" + "A" * 200, "whsec_\u00e9"])
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError, match="a secret"):
        secret_key(text)


def test_the_former_secret_signs_for_a_day_more() -> None:
    first, second = new_secret(bytes(32)), new_secret(bytes([1] * 32))
    both = rotated((first,), second, now=1000.0)
    assert both == (second, Secret(first.text, expires=1000.0 + OVERLAP))
    assert active_secrets(both, 1000.0 + OVERLAP - 1) == both
    assert active_secrets(both, 1000.0 + OVERLAP) == (second,)


@given(st.lists(st.floats(min_value=0, max_value=2 * OVERLAP), max_size=20))
def test_there_are_never_more_than_five_old_ones_and_none_lives_longer_than_a_day(pauses: list[float]) -> None:
    now = 0.0
    secrets: tuple[Secret, ...] = (new_secret(bytes(32)),)
    for number, pause in enumerate(pauses):
        now += pause
        before = {secret.text: secret.expires for secret in secrets}
        secrets = rotated(secrets, new_secret(bytes([number + 1] * 32)), now)
        assert secrets[0].expires is None
        assert len(secrets) <= 1 + MOST_OLD
        for secret in secrets[1:]:
            assert secret.expires is not None
            assert now < secret.expires <= now + OVERLAP
            former = before[secret.text]
            assert former is None or secret.expires == former
