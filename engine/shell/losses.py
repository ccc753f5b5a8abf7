"""Events that were lost, told: a note says how many of which tenant, from which to which, and why.

Losing an event takes a disk and a memory that are full at once, or a stream that outgrew its last bound while nobody
read it. Nobody can be told of the event itself any more, but who waits for it must learn that there is nothing to wait
for. Notes stand in a stream of Redis that is read by whoever tells operators and owners of endpoints.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson
import redis

from engine.shell.keys import LOSSES

KEPT = 1000
"""Notes kept, about."""

Where = Literal["outbox", "stream"]


@dataclass(frozen=True, slots=True)
class Loss:
    """Events of one tenant that are gone. `first` and `last` are their ids, `at` is seconds since 1970.

    Where: `outbox`, they could not be kept while Redis was away; `stream`, they were cut off before all had read them.
    """

    at: float
    where: Where
    tenant: str
    events: int
    first: str
    last: str
    reason: str


def note_losses(client: redis.Redis, losses: Iterable[Loss]) -> None:
    """Write notes. Raises redis.RedisError."""
    for loss in losses:
        client.xadd(LOSSES, {"loss": orjson.dumps(asdict(loss))}, maxlen=KEPT, approximate=True)


def read_losses(client: redis.Redis, tenant: str = "", since: str = "0", most: int = KEPT) -> list[tuple[str, Loss]]:
    """Notes written after `since`, oldest first, each with its place, of one tenant or of all.

    Raises redis.RedisError.
    """
    found: list[tuple[str, Loss]] = []
    entries: Any = client.xrange(LOSSES, min=f"({since}" if since != "0" else "-", count=most)
    for place, fields in entries:
        loss = Loss(**orjson.loads(fields[b"loss"]))
        if tenant in ("", loss.tenant):
            found.append((place.decode(), loss))
    return found
