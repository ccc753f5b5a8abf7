"""What became of deliveries to endpoints, and sending them again, as the API asks for it."""

from collections.abc import Sequence

import redis

from engine.shell.delivery.delivery_log import DeadLetter, DeadLetters, DeliveryLog, Logged
from engine.shell.delivery.replay import Replay
from engine.webhooks.endpoint import Endpoint


class Deliveries:
    """The log, the dead letters and replay in one. Methods raise StoreError when Redis is away."""

    def __init__(self, client: redis.Redis, *, shards: int = 1, queue_limit: int = 1_000_000) -> None:
        self._log = DeliveryLog(client)
        self._dead = DeadLetters(client)
        self._replay = Replay(client, shards=shards, queue_limit=queue_limit)

    def attempts(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[Logged], int]:
        """Attempts, newest first, and how many are kept."""
        return self._log.page(endpoint, limit, offset)

    def dead_letters(self, endpoint: str, limit: int, offset: int) -> tuple[Sequence[DeadLetter], int]:
        """Events that were given up, newest first, and how many there are."""
        return self._dead.page(endpoint, limit, offset)

    def replay_one(self, endpoint: Endpoint, event: str) -> bool:
        """Send one event again; False when it is not known any more. Raises ControlError."""
        return self._replay.one(endpoint, event)

    def replay_between(self, endpoint: Endpoint, start: float, end: float) -> int:
        """Send again what happened between two Unix times; how many events. Raises ControlError."""
        return self._replay.between(endpoint, start, end)

    def replay_failed(self, endpoint: Endpoint, since: float) -> int:
        """Send again what was given up since a Unix time; how many events. Raises ControlError."""
        return self._replay.failed_since(endpoint, since)

    def send_test(self, endpoint: Endpoint) -> str:
        """Send an event that only says the endpoint works; its id. Raises ControlError."""
        return self._replay.send_test(endpoint)
