"""Calls that are and that were, as the API sees them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class CallRecords(Protocol):
    """The calls of tenants. Each method raises StoreError when Redis is away."""

    def get(self, tenant: str, call: str) -> Mapping[str, Any] | None:
        """One call as data; None when the tenant has none of this id."""

    def list(
        self, tenant: str, filters: Mapping[str, Any], limit: int, offset: int
    ) -> tuple[Sequence[Mapping[str, Any]], int]:
        """Calls, newest first, and how many fit the filters."""

    def trace(self, tenant: str, call: str, limit: int, offset: int) -> tuple[Sequence[Mapping[str, Any]], int] | None:
        """A call's events in order and how many there are; None when the tenant has no such call."""
