"""The engine: what it is made of, in which order it starts, and how it lets go.

Start: Redis, flows, prompts, then for each switch the lease, the connection, the recovery of its calls, new callers.
Stop: no new callers, leases released, calls left as they are on their switches for the next engine.
"""

import gc
import time
from collections.abc import Callable

import gevent
import structlog
from gevent.event import Event

from engine.config import Settings
from engine.config import Switch as SwitchSettings
from engine.core.control import FlowsReloaded
from engine.core.errors import FlowError, StoreError
from engine.esl.dialstring import Routes
from engine.flow.bundle import Bundle
from engine.shell.calls import Calls
from engine.shell.control.order_intake import OrderIntake
from engine.shell.delivery.trimming import Keep, Trimmer
from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.http import Http
from engine.shell.hub_watch import HubWatch
from engine.shell.measuring import measure
from engine.shell.metrics import Metrics, serve_metrics
from engine.shell.outbox import Outbox
from engine.shell.outbox_gauges import OutboxGauges
from engine.shell.ownership import Ownership
from engine.shell.project_files import ProjectFiles
from engine.shell.prompts import Prompts
from engine.shell.recovery import Recovery
from engine.shell.store import Store
from engine.shell.switch import Switch, SwitchAddress

log = structlog.get_logger("engine")

RELOAD_EVERY = 1.0
RENEW_EVERY = 6 * 3600.0
"""Seconds between two times the versions that calls run are said to be in use; see `BUNDLE_LIFE` of the store."""
REVIVE_EVERY = 1.0
STOP_PATIENCE = 5.0
TRIM_EVERY = 60.0
"""Deliver processes trim the events more often; an engine without any must not fill Redis."""


class Engine:
    """One engine process. `start` returns when it serves; `stop` leaves every call to its successor."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.files = ProjectFiles(settings)
        self.redis: EmbeddedRedis | None = None
        self.store: Store | None = None
        self.calls: Calls | None = None
        self.switches: dict[str, Switch] = {}
        self.orders: OrderIntake | None = None
        self._leases: list[Ownership] = []
        self._watch = HubWatch(self._hub_blocked)
        self._trimmer: Trimmer | None = None
        self._stopped = Event()
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._bundles: dict[str, Bundle] = {}

    @property
    def bundle(self) -> Bundle:
        """The version of the flows new callers get."""
        return self.files.bundle

    # Start

    def start(self) -> None:
        """Serve. Raises StoreError, SettingsError, or FlowError when the flows cannot be loaded at all."""
        settings = self.settings
        outbox = Outbox(settings.outbox_dir, settings.outbox.max_bytes)
        url = self._start_redis()
        self.store = Store(url, outbox=outbox, resend_bytes=settings.outbox.resend_bytes)
        self.store.start()
        loaded = self.files.load()
        if loaded.bundle is None:
            problems = "\n".join(str(finding) for finding in loaded.findings)
            raise FlowError("flow.invalid", f"the flows have errors and no earlier version can serve:\n{problems}")
        self._keep(loaded.bundle)
        prompts = Prompts(settings, self.metrics)
        self.calls = Calls(
            store=self.store, prompts=prompts, http=Http(settings, self.metrics), bundle=lambda: self.bundle,
            recordings=str(settings.recordings.absolute()),
        )  # fmt: skip
        self.orders = OrderIntake(
            url, settings, self.store, self.calls, self.switches, bundle=lambda: self.bundle, reload=self._load_again
        )
        self.orders.start()
        self._watch.start()
        if settings.metrics_port:
            serve_metrics(self.metrics, settings.metrics_port)
        measure(self.metrics, self.calls, self.store, self.switches)
        self.metrics.registry.register(OutboxGauges(self.store))
        self._trimmer = Trimmer(self.store.redis, Keep.of(settings.webhooks), every=TRIM_EVERY)
        self._trimmer.start()
        self._greenlets.append(gevent.spawn(self._prompts_and_reloads, prompts))
        if self.redis is not None:
            self._greenlets.append(gevent.spawn(self._keep_redis, self.redis))
        for switch in settings.switches:
            self._serve(switch)
        # What is loaded now stays for good: the collector need not walk it again and again while calls are served.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    @property
    def redis_url(self) -> str:
        """The Redis in use, with its password."""
        if self.redis is not None and self.redis.running is not None:
            return self.redis.running.url
        return self.settings.redis_url.get_secret_value()

    def _start_redis(self) -> str:
        url = self.settings.redis_url.get_secret_value()
        if url:
            return url
        self.redis = EmbeddedRedis(self.settings.state_dir / "redis")
        return self.redis.start()

    def _keep_redis(self, redis: EmbeddedRedis) -> None:
        """A Redis of our own that died is nobody else's to start."""
        while True:
            gevent.sleep(REVIVE_EVERY)
            try:
                if redis.revive():
                    log.warning("the embedded redis had died and was started again")
            except StoreError as error:
                log.error("the embedded redis is away", error=str(error))

    def _serve(self, settings: SwitchSettings) -> None:
        assert self.calls is not None
        assert self.store is not None
        address = SwitchAddress(
            settings.name, settings.host, settings.port, settings.read_password(),
            Routes(settings.agents, settings.trunk, settings.domain or settings.host, settings.gateway),
        )  # fmt: skip
        recovery = Recovery(self.calls, self.store, self._bundle_of)
        switch = Switch(address, on_signal=self.calls.signal, on_up=recovery)
        self.switches[settings.name] = switch

        def gained() -> None:
            switch.epoch = lease.epoch
            switch.start()
            if self.orders is not None:
                self.orders.open(switch)

        lease = Ownership(
            self.store, settings.name, self.settings.name, on_gained=gained, on_lost=self._losing(switch),
            hold=self.settings.redis_loss == "hold",
        )  # fmt: skip
        self._leases.append(lease)
        lease.start()

    def _losing(self, switch: Switch) -> Callable[[], None]:
        def lose() -> None:
            if self.orders is not None:
                self.orders.shut(switch)
            switch.stop()
            for live in self.calls or ():
                if live.switch is switch:
                    live.stop()
                    if self.calls is not None:
                        self.calls.finished(live)

        return lose

    def wait_up(self, timeout: float = 30.0) -> bool:
        """Wait until every switch is connected; False when one is not in time."""
        deadline = time.monotonic() + timeout
        return all(switch.wait_up(max(0.0, deadline - time.monotonic())) for switch in self.switches.values())

    # Flows

    def _keep(self, bundle: Bundle) -> None:
        self._bundles[bundle.id] = bundle
        if self.store is not None:
            self.store.keep_bundle(bundle.id, self.files.kept_sources(bundle))

    def _bundle_of(self, bundle: str) -> Bundle | None:
        found = self._bundles.get(bundle)
        if found is not None or self.store is None:
            return found
        sources = self.store.bundle_sources(bundle)
        if sources is None:
            return None
        rebuilt = self.files.rebuild(sources)
        if rebuilt is not None:
            self._bundles[bundle] = rebuilt
        return rebuilt

    def reload(self) -> bool:
        """Read the flows again; True when a new version serves from now on. A bad version changes nothing."""
        return self._load_again().changed

    def _load_again(self) -> FlowsReloaded:
        before = self.bundle
        loaded = self.files.load()
        problems = tuple(str(finding) for finding in loaded.findings if finding.severity == "error")
        if self.bundle.id == before.id:
            return FlowsReloaded(before.id, False, problems)
        self._keep(self.bundle)
        in_use = {live.machine.bundle_id for live in self.calls or ()} | {self.bundle.id, before.id}
        self._bundles = {name: bundle for name, bundle in self._bundles.items() if name in in_use}
        log.info("new version of the flows", bundle=self.bundle.id, before=before.id)
        return FlowsReloaded(self.bundle.id, True, problems)

    def _prompts_and_reloads(self, prompts: Prompts) -> None:
        rendered = ""
        renew = time.monotonic() + RENEW_EVERY
        while True:
            if self.bundle.id != rendered:
                rendered = self.bundle.id
                prompts.prerender(self.bundle)
            gevent.sleep(RELOAD_EVERY)
            if self.files.changed():
                self.reload()
            if time.monotonic() > renew:
                renew = time.monotonic() + RENEW_EVERY
                self.renew_bundles()

    def renew_bundles(self) -> None:
        """Say of every version that calls run here that it is in use, so that a successor finds it."""
        for bundle in list(self._bundles.values()):
            self._keep(bundle)

    # Stop

    def stop(self) -> None:
        """Let go of everything; calls stay on their switches."""
        if self.calls is not None:
            self.calls.accepting = False
        gevent.killall(self._greenlets)
        if self._trimmer is not None:
            self._trimmer.stop()
        if self.orders is not None:
            self.orders.close()
        for switch in self.switches.values():
            switch.stop()
        if self.calls is not None:
            self.calls.stop()
        for lease in self._leases:
            lease.release()
        if self.store is not None:
            self.store.stop(STOP_PATIENCE)
        if self.redis is not None:
            self.redis.stop()
        self._watch.stop()
        self._stopped.set()

    def wait(self) -> None:
        """Wait until `stop` has been called."""
        self._stopped.wait()

    def _hub_blocked(self, seconds: float, stack: str) -> None:
        self.metrics.hub_blocked.inc()
        log.warning("the hub was blocked", ms=round(seconds * 1000), stack=stack)
