"""Which engine drives which switch. FreeSWITCH has no owner, so engines agree in Redis: a lease with an epoch.

The lease lives six seconds and is renewed every two. An engine that finds it taken, or cannot renew it while another
could take it, stops commanding at once; media goes on, and the successor resumes the calls.
"""

import time
from collections.abc import Callable

import gevent
import redis
import structlog

from engine.shell.store import Store

log = structlog.get_logger("ownership")

LIVES_MS = 6000
RENEW_EVERY = 2.0
TRY_EVERY = 1.0


class Ownership:
    """The lease of one switch. `on_gained` and `on_lost` run in its greenlet."""

    def __init__(
        self, store: Store, switch: str, owner: str, *, on_gained: Callable[[], None], on_lost: Callable[[], None]
    ) -> None:
        self._store = store
        self._switch = switch
        self._owner = owner
        self._on_gained = on_gained
        self._on_lost = on_lost
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self.epoch = 0
        """The epoch held, 0 when this engine does not own the switch."""

    def start(self) -> None:
        """Begin trying for the lease, then keep it."""
        self._greenlet = gevent.spawn(self._keep)

    def release(self) -> None:
        """Stop, and let another engine take the switch at once."""
        if self._greenlet is not None:
            self._greenlet.kill()
        if self.epoch:
            epoch, self.epoch = self.epoch, 0
            try:
                self._store.disown(self._switch, self._owner, epoch)
            except redis.RedisError as error:
                log.warning("the switch could not be released", switch=self._switch, error=str(error))

    def _keep(self) -> None:
        waiting = False
        renewed = 0.0
        while True:
            try:
                epoch = self._store.own(self._switch, self._owner, self.epoch, LIVES_MS)
                asked = time.monotonic()
            except redis.RedisError as error:
                # Redis away is not the lease lost: nobody else can take it either, and callers come first.
                log.warning("the lease could not be renewed", switch=self._switch, error=str(error))
                gevent.sleep(TRY_EVERY)
                continue
            if epoch and not self.epoch:
                self.epoch = epoch
                log.info("owns switch", switch=self._switch, epoch=epoch)
                self._on_gained()
            elif not epoch and self.epoch:
                self.epoch = 0
                log.warning("lost switch to another engine", switch=self._switch, held_for=round(asked - renewed, 1))
                self._on_lost()
            elif not epoch and not waiting:
                waiting = True
                log.info("another engine owns the switch; standing by", switch=self._switch)
            renewed = asked
            gevent.sleep(RENEW_EVERY if self.epoch else TRY_EVERY)
