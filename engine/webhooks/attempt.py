"""One attempt to deliver one event, and what its outcome means for the next."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

ANSWER_KEPT = 1024
"""Bytes of the receiver's answer kept in the delivery log."""
MOST_RETRY_AFTER = 7 * 86400.0


class Verdict(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    """2xx: the receiver has it."""
    RETRY = "retry"
    """May be over in seconds (5xx, 408, 429, no connection, no time): tried again soon, then slowly."""
    REFUSED = "refused"
    """Will not get better within a minute (3xx, other 4xx, an address that is not allowed): tried again slowly."""
    GONE = "gone"
    """410: the receiver wants nothing more, ever."""


class Failure(StrEnum):
    """Why there is no status, or none that counts."""

    NONE = ""
    STATUS = "status"
    """The receiver answered, but not with 2xx."""
    DNS = "dns"
    """The name has no address, or nobody said in time."""
    DENIED = "denied"
    """The address, or plain http to it, is not allowed here."""
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    """The connection ended early, or what came is not HTTP."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What happened when one event was sent once."""

    event: str
    number: int
    """1 for the first attempt of this event at this endpoint."""
    at: float
    """Unix time it began."""
    took_ms: int
    verdict: Verdict
    status: int = 0
    """HTTP status; 0 when there was none."""
    failure: Failure = Failure.NONE
    detail: str = ""
    answer: str = ""
    """The first KiB of the answer's body as text."""
    retry_after: float | None = None
    """Seconds the receiver asked to be left alone."""

    @property
    def delivered(self) -> bool:
        """Whether the receiver has the event."""
        return self.verdict is Verdict.DELIVERED

    @property
    def reached(self) -> bool:
        """Whether the endpoint is up: it answered something that is not a plea to come back later."""
        return self.verdict is not Verdict.RETRY and self.failure in (Failure.NONE, Failure.STATUS)

    @property
    def unheard(self) -> bool:
        """Whether no connection came about, so that it was not this event the receiver failed at."""
        return self.failure in (Failure.DNS, Failure.CONNECT, Failure.TLS)


def verdict_of(status: int) -> Verdict:
    """What an HTTP status means for a delivery."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    if status == 410:
        return Verdict.GONE
    if status in (408, 425, 429) or status >= 500 or status < 200:
        return Verdict.RETRY
    return Verdict.REFUSED


def verdict_of_failure(failure: Failure) -> Verdict:
    """What a failure without a status means for a delivery."""
    return Verdict.REFUSED if failure is Failure.DENIED else Verdict.RETRY


def retry_after_seconds(text: str, now: float) -> float | None:
    """A `Retry-After` header as seconds from Unix time `now`; None when it says nothing (RFC 9110, 10.2.3)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MOST_RETRY_AFTER)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return min(max(0.0, when.timestamp() - now), MOST_RETRY_AFTER)
    except (ValueError, OverflowError):
        return None
