"""Control from another process, over Redis: the API's and the command line's way to the engines.

An order is laid into the list of a switch, and whichever engine owns that switch takes it. When none does in time it is
taken back: then it is certain that nothing was done. When it was taken and no answer came, nothing is certain, and the
giver is told so.
"""

from random import choice
from typing import Any
from uuid import UUID, uuid4, uuid5

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from engine.core.control import (
    CallPlaced,
    DialOrder,
    FlowOrder,
    FlowsReloaded,
    HangUpOrder,
    Order,
    OrderTaken,
    Receipt,
    ReloadOrder,
)
from engine.core.errors import ControlError, StoreError
from engine.core.ids import CallId
from engine.shell.control.presence import Serving, serving
from engine.shell.control.wire import Sent, read_receipt, write_order
from engine.shell.keys import CallKeys, Keys, answer_key, orders_key, shard_of

PATIENCE = 5.0
"""Seconds an engine has to take an order and answer it."""
GRACE = 5.0
"""Seconds more for the answer to an order that was taken at the last moment."""
BLOCK = 2.0
CONNECTIONS = 64
_ONCE = UUID("0b7d4a4e-0f57-5c39-9a0e-6f0f2c1f9d55")


class RemoteControl:
    """The `Control` of every engine that shares a Redis. It raises StoreError too, while that is away."""

    def __init__(self, url: str, *, patience: float = PATIENCE, grace: float = GRACE, shards: int = 1) -> None:
        # As many orders as connections wait at the same time; further ones wait for one of them.
        pool = redis.BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=2.0, protocol=2, socket_timeout=BLOCK + 3.0,
            socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        self._redis = redis.Redis(connection_pool=pool)
        self._patience = patience
        self._grace = grace
        self._shards = shards

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._redis.connection_pool.disconnect()

    def serving(self) -> list[Serving]:
        """The switches that engines serve just now. Raises StoreError."""
        try:
            return serving(self._redis)
        except redis.RedisError as error:
            raise StoreError(f"Redis is away: {error}") from error

    # Orders

    def dial(self, order: DialOrder) -> CallPlaced:
        """Place a call, on the switch with the fewest; what the same order placed before is not placed again."""
        number = str(uuid5(_ONCE, order.once) if order.once else uuid4())
        before = self._placed(CallId(number)) if order.once else None
        if before is not None:
            return before
        receipt = self._give(self._switch_for(order), order, number)
        assert isinstance(receipt, CallPlaced)
        return receipt

    def hang_up(self, order: HangUpOrder) -> OrderTaken:
        """End a call."""
        receipt = self._give(self._switch_of(order.call, order.tenant), order)
        assert isinstance(receipt, OrderTaken)
        return receipt

    def send(self, order: FlowOrder) -> OrderTaken:
        """Send a call into another flow."""
        receipt = self._give(self._switch_of(order.call, order.tenant), order)
        assert isinstance(receipt, OrderTaken)
        return receipt

    def reload(self, order: ReloadOrder) -> FlowsReloaded:
        """Have every engine read the flows again; what the first that still has problems says, or the last."""
        engines = {found.engine: found.switch for found in self.serving()}
        if not engines:
            raise ControlError("no engine serves any switch", "engine_away")
        receipts = [self._give(switch, order) for switch in engines.values()]
        reloaded = [receipt for receipt in receipts if isinstance(receipt, FlowsReloaded)]
        worst = next((one for one in reloaded if one.problems), reloaded[-1])
        return FlowsReloaded(worst.bundle, any(one.changed for one in reloaded), worst.problems)

    # Which engine

    def _switch_for(self, order: DialOrder) -> str:
        up = [found for found in self.serving() if found.up and order.switch in ("", found.switch)]
        if not up:
            which = f"the switch {order.switch[:64]!r}" if order.switch else "any switch"
            raise ControlError(f"no engine is connected to {which}", "engine_away")
        fewest = min(found.calls for found in up)
        return choice([found.switch for found in up if found.calls == fewest])  # noqa: S311 - any of them will do

    def _switch_of(self, call: CallId, tenant: str | None) -> str:
        try:
            switch: Any = self._redis.hget(self._keys(call).live, call)
            owner: Any = self._redis.hget(CallKeys(call).record, "tenant")
        except redis.RedisError as error:
            raise StoreError(f"Redis is away: {error}") from error
        if owner and tenant not in (None, owner.decode()):  # no engine is asked: its silence would tell of the call
            raise ControlError("there is no such call", "unknown_call")
        if switch:
            return str(switch.decode())
        if owner:
            raise ControlError("the call has ended", "too_late")
        raise ControlError("there is no such call", "unknown_call")

    def _placed(self, call: CallId) -> CallPlaced | None:
        try:
            switch = self._redis.hget(self._keys(call).state(call), "switch")
            if switch is None and self._redis.exists(CallKeys(call).record):
                return CallPlaced(call, "")  # so long ago that only its record is left
        except redis.RedisError as error:
            raise StoreError(f"Redis is away: {error}") from error
        return CallPlaced(call, switch.decode()) if switch else None  # type: ignore[union-attr]

    def _keys(self, call: CallId) -> Keys:
        return Keys(shard_of(call, self._shards) if self._shards > 1 else 0)

    # There and back

    def _give(self, switch: str, order: Order, number: str = "") -> Receipt:
        number = number or str(uuid4())
        key = orders_key(switch)
        try:
            seconds, micros = self._redis.time()
            until = int(seconds) * 1000 + int(micros) // 1000 + round(self._patience * 1000)
            line = write_order(Sent(number, until, order))
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.rpush(key, line)
                pipeline.expire(key, round(self._patience) + 60)  # no list waits for ever for an engine
                pipeline.execute()
            answer = self._answer(number, self._patience)
            if answer is None:
                if self._redis.lrem(key, 1, line):  # type: ignore[arg-type]
                    raise ControlError(f"no engine took the order for the switch {switch}", "engine_away")
                answer = self._answer(number, self._grace)
        except redis.RedisError as error:
            raise StoreError(f"Redis is away: {error}") from error
        if answer is None:
            called = f"; the call would be {number}" if isinstance(order, DialOrder) else ""
            raise ControlError(f"the engine took the order and did not answer{called}", "unanswered")
        return read_receipt(answer)

    def _answer(self, number: str, patience: float) -> bytes | None:
        left = patience
        while left > 0:
            found: Any = self._redis.blpop([answer_key(number)], timeout=min(BLOCK, left))
            if found is not None:
                return bytes(found[1])
            left -= BLOCK
        return None
