"""The way from the outbox to Redis: oldest first, each turn once, however often it is begun again.

Redis remembers, together with what it wrote, how far each outbox came, so what was written but not yet deleted when
somebody died is not written twice, not even days later. Turns that were on their way when Redis went are told apart by
their positions, as all writes are; Redis forgets those of a call some time after its end, and from then on a call it
does not know any more is one it has heard the whole of.
"""

import time
from collections.abc import Callable, Sequence

import redis

from engine.core.ids import CallId
from engine.shell.keys import Keys
from engine.shell.outbox import Batch, Outbox, Value, unpack
from engine.shell.outbox_file import Waiting

CALL, FIRST = 0, 5
"""Places of the call and of the first signal's index among the values of a turn."""

Mark = tuple[str, int]
"""Of an outbox: its name, and the number of the last turn that is written."""
Send = Callable[[Keys, Sequence[Sequence[Value]], Mark], None]


class Drain:
    """Takes turns out of the outbox. `send` writes some of one shard with their mark, and raises redis.RedisError."""

    def __init__(
        self, outbox: Outbox, client: redis.Redis, keys_of: Callable[[CallId], Keys], send: Send, forgets_after: float
    ) -> None:
        self._outbox = outbox
        self._redis = client
        self._keys_of = keys_of
        self._send = send
        self._forgets_after = 0.9 * forgets_after
        self._marks: dict[tuple[str, str], int] = {}

    def step(self) -> int:
        """Write one batch; its size, 0 when nothing waits. Raises redis.RedisError, OutboxError: nothing is lost."""
        batch = self._outbox.next()
        if batch is None:
            self._marks.clear()
            return 0
        try:
            for keys, rows in self._by_shard(batch):
                self._write(batch.outbox, keys, rows)
        except redis.RedisError:
            self._marks.clear()  # nobody knows whether it was written: ask again
            raise
        self._outbox.done(batch)
        return len(batch.rows)

    def _by_shard(self, batch: Batch) -> list[tuple[Keys, list[tuple[Waiting, list[bytes]]]]]:
        shards: dict[str, tuple[Keys, list[tuple[Waiting, list[bytes]]]]] = {}
        for row in batch.rows:
            values = unpack(row.turn)
            keys = self._keys_of(CallId(values[CALL].decode()))
            shards.setdefault(keys.tag, (keys, []))[1].append((row, values))
        return list(shards.values())

    def _write(self, outbox: str, keys: Keys, rows: list[tuple[Waiting, list[bytes]]]) -> None:
        known = self._marks.get((outbox, keys.tag))
        if known is None:
            known = int(self._redis.get(keys.drained(outbox)) or 0)
        last = rows[-1][0].number
        fresh = [(row, values) for row, values in rows if row.number > known]
        wanted = self._not_told(keys, fresh)
        if wanted:
            self._send(keys, wanted, (outbox, last))
        self._marks[outbox, keys.tag] = max(known, last)

    def _not_told(self, keys: Keys, fresh: list[tuple[Waiting, list[bytes]]]) -> list[list[bytes]]:
        """Without those sent before for a call that Redis has forgotten, which it does only after the call's end."""
        begun = {values[CALL] for _, values in fresh if values[FIRST] == b"0"}
        before = time.time() - self._forgets_after
        doubted = {
            values[CALL] for row, values in fresh if row.doubtful and row.made < before and values[CALL] not in begun
        }
        if doubted:
            with self._redis.pipeline(transaction=False) as pipeline:
                for call in doubted:
                    pipeline.exists(keys.state(call.decode()))
                answers = pipeline.execute()
            doubted = {call for call, known in zip(doubted, answers, strict=True) if not known}
        return [values for row, values in fresh if not (row.doubtful and values[CALL] in doubted)]
