"""Where an engine takes orders for one switch: from a list in Redis, each once, none after its time.

Whoever takes an order off the list is the only one who has it. An engine that dies with it in its hand has not carried
it out, or its calls know; the giver hears nothing and says so.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import gevent
import redis
import structlog
from gevent.pool import Pool

from engine.core.control import (
    CallPlaced,
    DialOrder,
    FlowOrder,
    FlowsReloaded,
    HangUpOrder,
    OrderTaken,
    Receipt,
    ReloadOrder,
)
from engine.core.errors import ControlError, StoreError
from engine.core.ids import CallId
from engine.shell.control.wire import Sent, read_order, write_fault, write_receipt
from engine.shell.keys import answer_key, orders_key
from engine.shell.store import connect

log = structlog.get_logger("control")

BLOCK = 2.0
"""Seconds one look at an empty list takes; the client's own timeout is longer."""
AGAIN = 0.5
ANSWER_LIVES = 60
"""Seconds an answer is kept for a giver who is late."""
AT_ONCE = 64
"""Orders carried out at the same time; the others wait, and their time runs."""


class CarriesOut(Protocol):
    """Who carries orders out: the control of an engine, which places calls under given ids."""

    def dial(self, order: DialOrder, call: CallId | None = None) -> CallPlaced:
        """Place a call."""

    def hang_up(self, order: HangUpOrder) -> OrderTaken:
        """End a call."""

    def send(self, order: FlowOrder) -> OrderTaken:
        """Send a call into another flow."""

    def reload(self, order: ReloadOrder) -> FlowsReloaded:
        """Read the flows again."""


class OrderDesk:
    """Takes the orders for one switch, from `start` to `stop`. `on_placed` is called for each call placed."""

    def __init__(self, url: str, switch: str, control: CarriesOut, on_placed: Callable[[], None]) -> None:
        self._switch = switch
        self._control = control
        self._on_placed = on_placed
        self._redis = connect(url)  # its own: a look at the list holds a connection
        self._pool = Pool(AT_ONCE)
        self._taker: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Begin to take orders."""
        self._taker = gevent.spawn(self._take_for_ever)

    def stop(self) -> None:
        """Take no more; those being carried out come to their end."""
        if self._taker is not None:
            self._taker.kill()
            self._taker = None

    def close(self) -> None:
        """Take no more, ever."""
        self.stop()
        self._pool.kill()
        self._redis.close()

    def _take_for_ever(self) -> None:
        key = orders_key(self._switch)
        while True:
            self._pool.wait_available()
            try:
                found: Any = self._redis.blpop([key], timeout=BLOCK)
            except redis.RedisError as error:
                log.warning("orders cannot be taken", switch=self._switch, error=str(error))
                gevent.sleep(AGAIN)
                continue
            if found is not None:
                self._pool.spawn(self._serve, found[1])

    def _serve(self, line: bytes) -> None:
        try:
            sent = read_order(line)
        except ValueError as error:
            log.warning("an order was not understood", switch=self._switch, error=str(error))
            return
        try:
            if self._now() >= sent.until:
                log.info("an order came too late", switch=self._switch, order=sent.id)
                return
            answer = write_receipt(self._carry_out(sent))
        except ControlError as error:
            answer = write_fault(error)
        except (StoreError, redis.RedisError) as error:
            log.warning("an order could not be carried out", order=sent.id, error=str(error))
            answer = write_fault(ControlError(f"the engine cannot reach Redis: {error}", "engine_away"))
        except Exception:  # whatever it was, other orders must be served
            log.exception("an order could not be carried out", order=sent.id)
            answer = write_fault(ControlError("a fault of the engine", "unanswered"))
        self._answer(sent, answer)

    def _carry_out(self, sent: Sent) -> Receipt:
        match sent.order:
            case DialOrder():
                placed = self._control.dial(replace(sent.order, switch=self._switch), CallId(sent.id))
                self._on_placed()
                return placed
            case HangUpOrder():
                return self._control.hang_up(sent.order)
            case FlowOrder():
                return self._control.send(sent.order)
            case ReloadOrder():
                return self._control.reload(sent.order)

    def _now(self) -> int:
        seconds, micros = self._redis.time()
        return int(seconds) * 1000 + int(micros) // 1000

    def _answer(self, sent: Sent, answer: bytes) -> None:
        key = answer_key(sent.id)
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.rpush(key, answer)
                pipeline.expire(key, ANSWER_LIVES)
                pipeline.execute()
        except redis.RedisError as error:
            log.warning("an answer did not reach who gave the order", order=sent.id, error=str(error))
