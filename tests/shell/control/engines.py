"""Engines as far as who gives orders can tell: they say which switches they serve, take orders and answer."""

from typing import Any

import gevent
import orjson

from engine.core.errors import ControlError
from engine.core.ids import CallId
from engine.shell.control.wire import Sent, read_order, write_fault, write_receipt
from engine.shell.keys import SWITCHES, Keys, answer_key, orders_key, serving_key
from tests.shell.redis_server import RedisServer


class Engines:
    """What engines say and do, as a test decides."""

    def __init__(self, redis: RedisServer) -> None:
        self.client = redis.client()
        self.taken: list[tuple[str, Sent]] = []
        self._greenlets: list[Any] = []

    def serve(self, switch: str, calls: int = 0, *, up: bool = True, engine: str = "one") -> None:
        self.client.sadd(SWITCHES, switch)
        said = {"engine": engine, "up": up, "calls": calls}
        self.client.set(serving_key(switch), orjson.dumps(said))

    def call(self, call: str, switch: str) -> CallId:
        self.client.hset(Keys(0).live, call, switch)
        return CallId(call)

    def answer(self, switch: str, answer: Any = None) -> None:
        """Take the orders of a switch, and answer each with a receipt or error; with None not at all."""
        self._greenlets.append(gevent.spawn(self._take, switch, answer))

    def _take(self, switch: str, answer: Any) -> None:
        while True:
            found: Any = self.client.blpop([orders_key(switch)], timeout=0.5)
            if found is None:
                continue
            sent = read_order(found[1])
            self.taken.append((switch, sent))
            if answer is not None:
                text = write_fault(answer) if isinstance(answer, ControlError) else write_receipt(answer)
                self.client.rpush(answer_key(sent.id), text)

    def stop(self) -> None:
        gevent.killall(self._greenlets)
