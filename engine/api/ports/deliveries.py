"""What was sent to endpoints and what could not be, as the API sees it."""

from collections.abc import Sequence
from typing import Any, Protocol


class Deliveries(Protocol):
    """The delivery log, the dead letters and replay. Each method raises StoreError when Redis is away."""

    def attempts(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        """Attempts, newest first, and how many are kept."""

    def dead_letters(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        """Events that were given up, newest first, and how many there are."""
