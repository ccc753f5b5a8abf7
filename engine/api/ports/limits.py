"""How often a key may be used."""

from dataclasses import dataclass
from typing import Protocol

from engine.api.ports.keys import Caller


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the limit that is nearest to being reached, after this request."""

    allowed: bool
    limit: int
    """Requests in the window."""
    remaining: int
    reset: int
    """Seconds after which the whole limit is there again, if nothing is asked meanwhile."""
    retry_after: int = 0
    """Seconds after which the next request is allowed; 0 when this one is."""


class Limits(Protocol):
    """Counts requests."""

    def take(self, caller: Caller) -> Allowance:
        """Count one request of this key, if it is allowed. Never raises: without Redis it counts in this process."""
