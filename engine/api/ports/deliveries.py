"""What was sent to endpoints and what could not be, as the API sees it."""

from collections.abc import Sequence
from typing import Any, Protocol

from engine.webhooks.endpoint import Endpoint


class Deliveries(Protocol):
    """The delivery log, the dead letters and replay. Each method raises StoreError when Redis is away.

    An endpoint that is named by its id was found among the tenant's own before.
    """

    def attempts(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        """Attempts (dataclasses, see docs/webhooks.md), newest first, and how many are kept."""

    def dead_letters(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
        """Events that were given up (dataclasses), newest first, and how many there are."""

    def replay_one(self, endpoint: Endpoint, event: str) -> bool:
        """Send one event again; False when it is not known any more. Raises ControlError."""

    def replay_between(self, endpoint: Endpoint, start: float, end: float) -> int:
        """Send again what happened between two Unix times; how many events. Raises ControlError."""

    def replay_failed(self, endpoint: Endpoint, since: float) -> int:
        """Send again what was given up since a Unix time; how many events. Raises ControlError."""

    def send_test(self, endpoint: Endpoint) -> str:
        """Send an event that only says the endpoint works; its id. Raises ControlError."""
