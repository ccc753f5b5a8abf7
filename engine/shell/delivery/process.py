"""The deliver process: what it is made of, in which order it starts, and how it lets go.

Any number of them share a Redis. Each takes its share of the tasks (a shard's events to hand out, a shard's calls to
record, an endpoint to deliver to) by leases; when one dies the others have its share within a lease's life.
"""

import os
import secrets
from typing import Any

import structlog
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from engine.config import Settings
from engine.shell.delivery.announcer import Announcer
from engine.shell.delivery.deliverer import Deliverer
from engine.shell.delivery.delivery_metrics import DeliveryMetrics
from engine.shell.delivery.dispatcher import Dispatcher
from engine.shell.delivery.endpoints import EndpointStore, EndpointView
from engine.shell.delivery.finisher import Finisher
from engine.shell.delivery.lease import Leases
from engine.shell.delivery.sender import Surroundings, Transport
from engine.shell.delivery.slots import Slots
from engine.shell.delivery.trimming import Keep, Trimmer
from engine.shell.installation_key import installation_key
from engine.shell.keys import Keys, wake_key
from engine.shell.metrics import Metrics, serve_metrics
from engine.shell.records.record_metrics import RecordMetrics
from engine.shell.records.recorder import Recorder
from engine.shell.store import connect
from engine.webhooks.endpoint import Endpoint

log = structlog.get_logger("deliver")

STOP_SECONDS = 5.0
"""Time for requests under way when the process ends; what is cut off is sent again by the next one."""


class DeliverProcess:
    """One deliver process. It is done when `stopped` is set: told to, or because a part of it failed."""

    def __init__(self, settings: Settings, redis_url: str, transport: Transport, *, shards: int = 1) -> None:
        webhooks = settings.webhooks
        self.name = f"{settings.name}-{os.getpid()}-{secrets.token_hex(3)}"
        self.stopped = Event()
        self.failed = False
        self._settings = settings
        self._client = client = connect(redis_url)
        key = installation_key(settings)
        self.store = EndpointStore(client, key.seal, key.unseal, shards=shards)
        self._view = EndpointView(self.store)
        self._announcer = Announcer(client, self.store, shards=shards)
        self._leases = Leases(
            client, self.name, on_gained=self._gained, on_lost=self._lost, on_leaving=self._leaving,
            lives_ms=round(webhooks.lease_seconds * 1000),
        )  # fmt: skip
        self.metrics = DeliveryMetrics(client, shards=shards)
        self._finisher = Finisher(client, self.name, wake_key(self.name))
        self._slots = Slots(webhooks.concurrency, webhooks.tenant_concurrency)
        around = Surroundings(
            transport, self._finisher, self._slots, self.metrics, webhooks.endpoint_concurrency,
            webhooks.disable_after_days * 86400.0, self._announcer.disable, self._announcer.recovered,
        )  # fmt: skip
        self._deliverer = Deliverer(client, self._view, self._leases, around, wake_key(self.name), shards=shards)
        self._dispatchers = {Keys(shard).dispatcher: self._dispatcher(shard, shards) for shard in range(shards)}
        self._recorder = Recorder(client, shards=shards, keep_hours=webhooks.keep_calls_hours)
        self._trimmer = Trimmer(client, Keep.of(webhooks), shards=shards)
        self._pages: WSGIServer | None = None
        self.metrics.owned = lambda: self._deliverer.owned
        self.metrics.in_flight = lambda: self._slots.taken
        self.metrics.events = lambda: sum(one.handed.events for one in self._dispatchers.values())
        self._view.on_change.append(self._want)

    def _dispatcher(self, shard: int, shards: int) -> Dispatcher:
        task = Keys(shard).dispatcher
        return Dispatcher(
            self._client, shard, self.name, self._view, queue_limit=self._settings.webhooks.queue_limit,
            shards=shards, on_full=self._full, on_fenced=lambda: self._leases.forget(task),
        )  # fmt: skip

    def _full(self, endpoint: Endpoint) -> None:
        log.error("too much waits for an endpoint", endpoint=endpoint.id)
        self._announcer.disable(endpoint, "failing", endpoint.updated_at)

    # Life

    def start(self) -> None:
        """Begin. Redis may be away: everything waits for it. Raises SettingsError when the port of metrics is taken."""
        port = self._settings.webhooks.metrics_port
        if port:
            metrics = Metrics()
            metrics.registry.register(self.metrics)
            metrics.registry.register(RecordMetrics(self._recorder))
            metrics.registry.register(self._trimmer)
            self._pages = serve_metrics(metrics, port, "webhooks.metrics_port")
        parts = (self._finisher.start(), self._leases.start(), self._deliverer.start(), self._trimmer.start())
        for greenlet in parts:
            greenlet.link(self._ended)
        self._want()

    def stop(self) -> None:
        """End what is under way, as far as it ends soon, and let others have the rest at once."""
        self._trimmer.stop()
        self._leases.stop(STOP_SECONDS)
        self._deliverer.stop()
        self._finisher.stop()
        self._announcer.stop()
        if self._pages is not None:
            self._pages.stop()
        self._client.close()
        self.stopped.set()

    def _ended(self, greenlet: Any) -> None:
        """A part that must not fail has failed: start anew as a whole, from what Redis says."""
        if greenlet.exception is not None:
            log.error("a part of the delivery failed", error=repr(greenlet.exception))
            self.failed = True
            self.stopped.set()

    # Tasks

    def _want(self) -> None:
        self._leases.want([*self._dispatchers, *self._recorder.tasks, *self._deliverer.tasks])

    def _gained(self, task: str, epoch: int) -> None:
        if task in self._dispatchers:
            self._dispatchers[task].start(epoch).link(self._ended)
        elif task in self._recorder.tasks:
            self._recorder.gained(task)
        else:
            self._deliverer.gained(task, epoch)

    def _leaving(self, task: str) -> None:
        self._deliverer.leaving(task)

    def _lost(self, task: str) -> None:
        if task in self._dispatchers:
            self._dispatchers[task].stop()
        elif task in self._recorder.tasks:
            self._recorder.lost(task)
        else:
            self._deliverer.lost(task)
