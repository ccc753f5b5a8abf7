"""Signing secrets of an endpoint: their written form, and old ones that stay valid for a while after a rotation."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

PREFIX = "whsec_"
KEY_BYTES = 32
LEAST_BYTES, MOST_BYTES = 24, 64  # Standard Webhooks 1.0.0, "Signature scheme"
MOST_OLD = 5
OVERLAP = 24 * 3600.0
"""Seconds an old secret goes on signing after a rotation."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret as customers hold it, `whsec_` and base64. `expires` is Unix time; None is the present one."""

    text: str = field(repr=False)
    expires: float | None = None

    @property
    def key(self) -> bytes:
        """The bytes that sign. Raises ValueError when the text is not a secret."""
        return secret_key(self.text)


def secret_key(text: str) -> bytes:
    """The bytes behind a written secret; the prefix may be absent. Raises ValueError."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret is whsec_ and base64") from None
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(f"a secret holds {LEAST_BYTES} to {MOST_BYTES} bytes")
    return key


def new_secret(chance: bytes) -> Secret:
    """A secret made of 32 unpredictable bytes. Raises ValueError for any other number of bytes."""
    if len(chance) != KEY_BYTES:
        raise ValueError(f"a new secret is made of {KEY_BYTES} bytes")
    return Secret(PREFIX + base64.b64encode(chance).decode())


def active_secrets(secrets: Sequence[Secret], now: float) -> tuple[Secret, ...]:
    """The secrets that sign at Unix time `now`, the present one first."""
    return tuple(secret for secret in secrets if secret.expires is None or secret.expires > now)


def rotated(secrets: Sequence[Secret], fresh: Secret, now: float) -> tuple[Secret, ...]:
    """The secrets after `fresh` took over: the former ones sign for 24 h more, at most five of them.

    A secret that was already on its way out keeps its hour of expiry.
    """
    old = (replace(secret, expires=min(secret.expires or now + OVERLAP, now + OVERLAP)) for secret in secrets)
    return (replace(fresh, expires=None), *active_secrets(tuple(old), now)[:MOST_OLD])
