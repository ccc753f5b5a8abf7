"""Calls that are and that were, as the API sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.core.errors import EngineError


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; what is left empty holds for all. `since` and `before` are seconds since 1970 of a call's begin.

    `flow` is one the call began with or was sent to; each of `tags` is `name=value`.
    """

    state: Literal["", "live", "ended"] = ""
    direction: Literal["", "inbound", "outbound"] = ""
    flow: str = ""
    caller: str = ""
    called: str = ""
    cause: str = ""
    tags: tuple[str, ...] = ()
    since: float | None = None
    before: float | None = None


class TooManyCallsError(EngineError):
    """So many calls would have to be looked at that the question must be narrowed."""


class CallRecords(Protocol):
    """The calls of tenants, as JSON that is ready to be sent. Each method raises StoreError when Redis is away."""

    def get(self, tenant: str, call: str) -> bytes | None:
        """One call; None when the tenant has none of this id."""

    def list(self, tenant: str, wanted: CallFilter, limit: int, offset: int) -> tuple[Sequence[bytes], int]:
        """Calls, newest first, and how many fit the filter. Raises TooManyCallsError."""

    def trace(self, tenant: str, call: str, limit: int, offset: int) -> tuple[Sequence[bytes], int] | None:
        """A call's events in order and how many there are; None when the tenant has no such call."""
