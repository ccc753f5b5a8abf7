"""An endpoint with the health of its deliveries, as the pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.webhooks.attempt import Failure
from engine.webhooks.endpoint import Endpoint

DISABLED = {
    "": "disabled",
    "paused": "paused by hand",
    "gone": "answered that it is gone (410)",
    "failing": "took nothing for days",
}


@dataclass(frozen=True, slots=True)
class EndpointView:
    """One endpoint. Times are Unix time, 0 where something never happened."""

    endpoint: Endpoint
    state: str
    """In a word or two: `active`, `failing`, `breaker open`, `trying again`, `paused` or `disabled`."""
    tone: str
    why: str
    """Why nothing, or not everything, is delivered; "" when all is well."""
    waiting: int
    slow: int
    dead: int
    delivered: int
    failed: int
    last_success: float
    last_failure: float
    last_error: str
    p50: int | None
    """Milliseconds that half of the shown attempts took at most; None before the first."""
    p99: int | None

    @property
    def queued(self) -> int:
        """Events that will be sent by themselves."""
        return self.waiting + self.slow

    @property
    def rate(self) -> float | None:
        """The share of attempts that were taken, in percent; None before the first."""
        tried = self.delivered + self.failed
        return 100 * self.delivered / tried if tried else None

    @property
    def rate_text(self) -> str:
        """The share in words, never rounded up to all."""
        if self.rate is None:
            return "nothing sent yet"
        return f"{int(self.rate * 10) / 10:g} %"


def endpoint_view(
    endpoint: Endpoint, health: Mapping[str, str], backlog: Mapping[str, int], took: list[int] | None = None
) -> EndpointView:
    """An endpoint with what its deliveries came to; `took` are milliseconds of attempts."""
    state, tone, why = _state(endpoint, health)
    times = sorted(took or ())
    return EndpointView(
        endpoint=endpoint, state=state, tone=tone, why=why, waiting=backlog.get("waiting", 0),
        slow=backlog.get("slow", 0), dead=backlog.get("dead", 0), delivered=_whole(health, "delivered"),
        failed=_whole(health, "failed"), last_success=_number(health, "last_success_at"),
        last_failure=_number(health, "last_failure_at"), last_error=health.get("last_error", ""),
        p50=_rank(times, 0.5), p99=_rank(times, 0.99),
    )  # fmt: skip


def _state(endpoint: Endpoint, health: Mapping[str, str]) -> tuple[str, str, str]:
    if not endpoint.is_active:
        why = f"Nothing is sent: {DISABLED.get(endpoint.disabled_reason, endpoint.disabled_reason)}."
        return ("paused" if endpoint.disabled_reason in ("", "paused") else "disabled"), "warn", why
    breaker = health.get("breaker", "closed")
    if breaker == "open":
        return (
            "breaker open",
            "bad",
            "It failed again and again and is left alone for a while; no tries are used.",
        )
    if breaker == "half_open":
        return "trying again", "warn", "One request is sent to see whether it is back."
    if health.get("failing_since"):
        return "failing", "warn", f"The last attempt was not taken: {_told(health.get('last_error', ''))}."
    return "active", "ok", ""


FAILURES: Mapping[str, str] = {
    Failure.STATUS: "it answered with an error",
    Failure.DNS: "its name has no address",
    Failure.DENIED: "its address is not allowed here",
    Failure.CONNECT: "no connection",
    Failure.TLS: "no secure connection",
    Failure.TIMEOUT: "no answer in time",
    Failure.BROKEN: "the answer broke off",
}


def _told(error: str) -> str:
    kind, _, detail = error.partition(" ")
    words = FAILURES.get(kind, kind or "unknown")
    return f"{words} ({detail})" if detail else words


def failure_words(error: str, status: int) -> str:
    """Why an attempt was not taken."""
    return f"status {status}" if status else FAILURES.get(error, error)


def _number(health: Mapping[str, str], name: str) -> float:
    try:
        return float(health.get(name) or 0)
    except ValueError:
        return 0.0


def _whole(health: Mapping[str, str], name: str) -> int:
    return int(_number(health, name))


def _rank(times: list[int], share: float) -> int | None:
    return times[min(len(times) - 1, int(share * len(times)))] if times else None
