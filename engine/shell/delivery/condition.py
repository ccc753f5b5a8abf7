"""How an endpoint is doing, as its state in Redis tells it: what it last took or refused, and since when it fails."""

from collections.abc import Mapping

from engine.shell.delivery.delivery_log import printable
from engine.webhooks.attempt import Attempt
from engine.webhooks.breaker import State

Fields = dict[str, str | float]
"""Fields of the state to be written. Times are Unix time."""


class Condition:
    """What one owner knows of its endpoint's condition."""

    __slots__ = ("broken_since", "failing_since")

    def __init__(self) -> None:
        self.failing_since: float | None = None
        """Its first failure since it last took something."""
        self.broken_since: float | None = None
        """When its breaker opened."""

    def go_on_from(self, state: Mapping[bytes, bytes]) -> Fields:
        """Begin with what an earlier owner wrote; what of it is not true any more."""
        self.failing_since = float(state.get(b"failing_since") or 0.0) or None
        return {"breaker": "closed"} if state.get(b"breaker", b"closed") != b"closed" else {}

    def attempted(self, attempt: Attempt, wall: float) -> Fields:
        """An attempt ended at Unix time `wall`."""
        fields: Fields = {"last_status": attempt.status}
        if attempt.delivered:
            fields["last_success_at"] = round(wall, 3)
            if self.failing_since is not None:
                self.failing_since = None
                fields["failing_since"] = ""
            return fields
        fields["last_failure_at"] = round(wall, 3)
        fields["last_error"] = printable(f"{attempt.failure} {attempt.detail}".strip())
        if self.failing_since is None:
            self.failing_since = wall
            fields["failing_since"] = round(wall, 3)
        return fields

    def moved(self, before: State, after: State, wall: float) -> Fields:
        """What an attempt did to the breaker."""
        if before == after == "closed":
            return {}
        if before == "closed":
            self.broken_since = wall
        return {"breaker": after}

    def broken_for(self, wall: float) -> float:
        """Seconds since the breaker opened."""
        return max(0.0, wall - (self.broken_since or wall))
