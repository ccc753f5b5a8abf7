"""Events that were lost, told as an event: how many of which tenant, from which to which, and why.

Losing an event takes a disk and a memory that are full at once, or a stream that outgrew its last bound while nobody
read it. Nobody can be told of the event itself any more, but who waits for it must learn that there is nothing to wait
for: every endpoint that wants `events.lost`, and whoever follows the stream.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import orjson
import redis

from engine.core.events import VERSION

TYPE = "events.lost"


@dataclass(frozen=True, slots=True)
class Loss:
    """Events of one tenant that are gone. `first` and `last` are their ids, `at` is seconds since 1970.

    Where: `outbox`, they could not be kept while Redis was away; `stream`, they were cut off before all had read them.
    """

    at: float
    where: Literal["outbox", "stream"]
    tenant: str
    events: int
    first: str
    last: str
    reason: str

    def event(self) -> bytes:
        """It, as an event stands in the stream. It belongs to no call."""
        told = {
            "where": self.where,
            "events": self.events,
            "first": self.first,
            "last": self.last,
            "reason": self.reason,
        }
        return orjson.dumps(
            {"id": f"evt_lost_{self.where}_{self.first}", "type": TYPE, "version": VERSION, "call": None, "n": None,
             "at": round(self.at, 6), "tenant": self.tenant, "data": told}
        )  # fmt: skip


def tell_losses(client: redis.Redis, stream: str, losses: Iterable[Loss]) -> None:
    """Add them to a stream of events. Raises redis.RedisError; told again, they are the same events."""
    for loss in losses:
        client.xadd(stream, {"event": loss.event()})
