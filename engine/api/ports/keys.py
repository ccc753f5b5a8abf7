"""Who calls the API: a key, its tenant and what it may do."""

from dataclasses import dataclass
from typing import Protocol

SCOPES = (
    "calls:read", "calls:write", "flows:read", "flows:write",
    "webhooks:read", "webhooks:write", "events:read", "usage:read",
)  # fmt: skip
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a key that is good now."""

    key: str
    """The public id of the key, fit for logs."""
    tenant: str
    scopes: frozenset[str]
    per_minute: int
    per_hour: int

    def may(self, scope: str) -> bool:
        """Whether the key was given this scope."""
        return scope in self.scopes or EVERYTHING in self.scopes


class Keys(Protocol):
    """The API keys of an installation."""

    def find(self, text: str) -> Caller | None:
        """The caller behind a key as sent; None for an unknown, expired or revoked one. Raises StoreError."""

    def holder(self, key: str) -> Caller | None:
        """The caller behind a key's public id, when the key is good now. Raises StoreError."""
