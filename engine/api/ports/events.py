"""Events as they happen, as the API sees them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.core.errors import EngineError


@dataclass(frozen=True, slots=True)
class Told:
    """An event as JSON ready to be sent, and its position, from which a reader can go on."""

    position: str
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Resync:
    """The reader missed events, or will: what it knows must be read anew.

    When `over`, nothing more follows and the reader may come back with the position of its last event; else the events
    from `position` on follow.
    """

    position: str
    reason: str
    over: bool


class TooManyReadersError(EngineError):
    """No more readers can be served at the same time."""


class EventFeed(Protocol):
    """What tenants are told."""

    def recent(
        self, tenant: str, types: Sequence[str] = ("*",), call: str = "", limit: int = 50
    ) -> tuple[Sequence[Told], str]:
        """A tenant's newest events, the newest first, and the position after which all others follow.

        They are looked for among what was told last in the whole installation, not for ever. Raises StoreError.
        """

    def follow(
        self, tenant: str, after: str | None, types: Sequence[str] = ("*",), call: str = ""
    ) -> Iterator[Told | Resync | None]:
        """A tenant's events after a position (None: from now on), for ever; None now and then when there is no news.

        `types` are exact types, families as `call.*`, or `*`. Raises StoreError when Redis is away,
        TooManyReadersError, and ValueError for what is no position.
        """
