"""Events as they happen, as the API sees them."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class EventFeed(Protocol):
    """What a tenant is told. Each method raises StoreError when Redis is away."""

    def follow(self, tenant: str, after: str, wanted: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | None]:
        """Events after a position ("" is now), for ever; None now and then, so that the reader can be kept awake."""
