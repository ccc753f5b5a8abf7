"""Delivers to every endpoint whose lease this process holds; one blocking read waits for news of all of them."""

import time
from collections.abc import Iterable

import gevent
import redis
import structlog

from engine.core.errors import StoreError
from engine.shell.delivery.endpoints import EndpointView
from engine.shell.delivery.lease import Leases
from engine.shell.delivery.queue import EndpointQueue
from engine.shell.delivery.redis_line import Command, RedisLine, Word
from engine.shell.delivery.sender import Sender, Surroundings, Tap
from engine.shell.keys import ENDPOINTS_VERSION, EndpointKeys
from engine.shell.supervisor import next_pause
from engine.webhooks.endpoint import Endpoint

log = structlog.get_logger("deliver")

BLOCK_MS = 1000
"""How long one look waits for news; after it, whether endpoints were changed is known again."""
PAGE = 64
PER_READ = 2048
"""Entries of all queues in one answer: more would hold up the hub."""
RETRY_DELAY = 0.5
DRAIN_SECONDS = 12.0
"""Time for requests under way when an endpoint is handed over: the longest a request may take, and a little."""


class Deliverer:
    """The senders of one process. Its tasks are the leases of the active endpoints."""

    def __init__(
        self, client: redis.Redis, view: EndpointView, leases: Leases, around: Surroundings, wake_key: str,
        *, shards: int = 1,
    ) -> None:  # fmt: skip
        self._line = RedisLine(client)
        self._view = view
        self._leases = leases
        self._around = around
        self._wake_key = wake_key
        self._shards = shards
        self._tasks: dict[str, str] = {}
        self._senders: dict[str, Sender] = {}
        self._repairs: set[gevent.Greenlet[..., None]] = set()
        self._begun_anew: dict[str, tuple[float, float]] = {}
        """Tasks whose sender broke down: how long the next one waited, and when it began."""
        self._greenlet: gevent.Greenlet[[], None] | None = None
        view.on_change.append(self._changed)

    def start(self) -> "gevent.Greenlet[[], None]":
        """Begin to read; the greenlet never ends by itself."""
        self._greenlet = gevent.spawn(self._read_for_ever)
        return self._greenlet

    def stop(self) -> None:
        """End reading; senders end with their leases."""
        if self._greenlet is not None:
            self._greenlet.kill()
        gevent.killall(list(self._repairs))
        self._line.close()

    # Leases

    @property
    def tasks(self) -> Iterable[str]:
        """The lease of every active endpoint."""
        return self._tasks.keys()

    def gained(self, task: str, epoch: int) -> None:
        """Deliver to an endpoint from now on, beginning with what was not finished."""
        endpoint = self._view.by_id.get(self._tasks.get(task, ""))
        if endpoint is None:
            return  # it was deleted or disabled meanwhile: the lease is let go at the next look
        self._begin(task, endpoint, epoch)

    def _begin(self, task: str, endpoint: Endpoint, epoch: int) -> None:
        def broken(sender: Sender) -> None:
            repair = gevent.spawn(self._begin_anew, task, sender, epoch)
            self._repairs.add(repair)
            repair.link(self._repairs.discard)

        self._senders[task] = Sender(
            endpoint, EndpointQueue(endpoint.id, shards=self._shards), epoch, self._around,
            good=lambda: self._leases.epoch(task) == epoch, on_fenced=lambda: self._leases.forget(task),
            on_fault=broken,
        )  # fmt: skip

    def _begin_anew(self, task: str, sender: Sender, epoch: int) -> None:
        """Put another sender in the place of one that broke down, once what that one has under way has ended."""
        sender.drain(DRAIN_SECONDS)
        pause, began = self._begun_anew.get(task, (0.0, 0.0))
        pause = next_pause(pause, time.monotonic() - began)
        gevent.sleep(pause)
        if self._senders.get(task) is sender:
            sender.close()
            self._begun_anew[task] = pause, time.monotonic()
            self._begin(task, sender.endpoint, epoch)

    def leaving(self, task: str) -> None:
        """End what is under way to an endpoint, as another process is to have it."""
        sender = self._senders.get(task)
        if sender is not None:
            sender.drain(DRAIN_SECONDS)

    def lost(self, task: str) -> None:
        """Deliver nothing more to an endpoint."""
        self._begun_anew.pop(task, None)
        sender = self._senders.pop(task, None)
        if sender is not None:
            sender.close()

    @property
    def owned(self) -> list[str]:
        """The endpoints this process delivers to."""
        return [sender.endpoint.id for sender in self._senders.values()]

    def _changed(self) -> None:
        self._tasks = {EndpointKeys(endpoint).owner: endpoint for endpoint in self._view.by_id}
        for task, sender in self._senders.items():
            endpoint = self._view.by_id.get(self._tasks.get(task, ""))
            if endpoint is not None:
                sender.change(endpoint)

    # News

    def _read_for_ever(self) -> None:
        woken: Word = "0-0"
        away = False
        while True:
            taps = [
                (sender, tap, tap.position)
                for sender in self._senders.values()
                if sender.wants_news
                for tap in sender.taps
                if tap.caught_up
            ]
            try:
                news, version = self._line.ask([self._look(taps, woken), ("GET", ENDPOINTS_VERSION)])
                self._view.show(int(version or 0))
                away = False
            except (redis.RedisError, StoreError) as error:
                if not away:
                    log.warning("no news of endpoints, redis is away", error=str(error))
                away = True
                gevent.sleep(RETRY_DELAY)
                continue
            by_stream = {tap.stream.encode(): (sender, tap, position) for sender, tap, position in taps}
            for stream, entries in news or ():
                if stream in by_stream:
                    self._tell(*by_stream[stream], entries)
                else:
                    woken = entries[-1][0]

    def _look(self, taps: list[tuple[Sender, Tap, bytes]], woken: Word) -> Command:
        count = max(1, min(PAGE, PER_READ // (len(taps) + 1)))
        streams = [self._wake_key, *(tap.stream for _, tap, _ in taps)]
        positions = [woken, *(position for _, _, position in taps)]
        return ("XREAD", "COUNT", count, "BLOCK", BLOCK_MS, "STREAMS", *streams, *positions)

    def _tell(self, sender: Sender, tap: Tap, position: bytes, entries: list[list[object]]) -> None:
        if tap.position == position and tap.caught_up and sender.wants_news:
            sender.offer(tap, entries)
