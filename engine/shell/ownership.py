"""Which engine drives which switch. FreeSWITCH has no owner, so engines agree in Redis: a lease with an epoch.

The lease lives six seconds and is renewed every two. An engine that finds it taken stops commanding at once; media goes
on, and the successor resumes the calls. What an engine does that cannot reach Redis depends on who else could: alone it
holds on, because nobody can take the switch; among others it lets go before its lease runs out
(docs/adr/0006-when-redis-is-away.md).
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
MARGIN = 1.0
"""Seconds before the end of its lease at which an engine that cannot renew it lets go."""


class Ownership:
    """The lease of one switch. `on_gained` and `on_lost` run in its greenlet.

    With `hold` it is kept while Redis is away; without, `on_lost` runs one second before it would run out.
    """

    def __init__(
        self, store: Store, switch: str, owner: str, *, on_gained: Callable[[], None], on_lost: Callable[[], None],
        hold: bool = True,
    ) -> None:  # fmt: skip
        self._store = store
        self._switch = switch
        self._owner = owner
        self._on_gained = on_gained
        self._on_lost = on_lost
        self._hold = hold
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
        standing_by = False
        renewed = 0.0
        while True:
            asked = time.monotonic()
            let_go_at = renewed + LIVES_MS / 1000 - MARGIN if self.epoch and not self._hold else None
            epoch = self._ask(None if let_go_at is None else max(0.001, let_go_at - asked))
            if epoch is None:
                left = TRY_EVERY if let_go_at is None else let_go_at - time.monotonic()
                if left <= 0:
                    self._lose("let go of switch: its lease runs out and Redis is away", renewed)
                    left = TRY_EVERY
                gevent.sleep(min(TRY_EVERY, left))
                continue
            if epoch and not self.epoch:
                self.epoch = epoch
                log.info("owns switch", switch=self._switch, epoch=epoch)
                self._on_gained()
            elif not epoch and self.epoch:
                self._lose("lost switch to another engine", renewed)
            elif not epoch and not standing_by:
                log.info("another engine owns the switch; standing by", switch=self._switch)
            standing_by = not epoch
            renewed = asked  # the lease counts from when Redis was asked at the latest
            gevent.sleep(RENEW_EVERY if self.epoch else TRY_EVERY)

    def _ask(self, patience: float | None) -> int | None:
        """The epoch held now, 0 when another engine has the switch, None when Redis does not say so in time."""
        try:
            with gevent.Timeout(patience, redis.TimeoutError("no answer before the lease ends")):
                return self._store.own(self._switch, self._owner, self.epoch, LIVES_MS)
        except redis.RedisError as error:
            log.warning("the lease could not be renewed", switch=self._switch, error=str(error))
            return None

    def _lose(self, how: str, renewed: float) -> None:
        self.epoch = 0
        log.warning(how, switch=self._switch, renewed_seconds_ago=round(time.monotonic() - renewed, 1))
        self._on_lost()
