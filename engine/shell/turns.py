"""The turns of all calls: what has come for them is handled, written down in one piece, and then performed.

Theory of operation. One greenlet serves every call. It takes the calls that have something to handle, lets each machine
handle it, hands all that they gave to the store at once, waits until it is written, and performs the effects of all of
them: one write to Redis and one sending to a switch for as many calls as came together. What comes meanwhile waits for
the next round, so an idle engine answers at once and a busy one does more in each round. Nothing here waits for a
switch, a web service or a voice: that is done in greenlets of their own, and comes back as a signal.
"""

from typing import Protocol

import gevent
import structlog
from gevent.event import Event

from engine.core.effects import Effect
from engine.shell.store import Commit, Store

log = structlog.get_logger("turns")


class Turn(Protocol):
    """A call, as far as its turn is concerned."""

    def handle(self) -> tuple[Commit, list[Effect]] | None:
        """Handle what has come: what is to be written down, then performed. None when there is nothing of either."""

    def perform(self, effects: list[Effect]) -> None:
        """Perform effects; those of a switch may be kept for `depart`."""

    def depart(self) -> None:
        """Everything of this turn is done: let what was kept go, and let go of a call that is over."""


class Turns:
    """Gives calls their turns, in the order they ask for one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Turn] = []
        self._wake = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Begin to give turns."""
        self._greenlet = gevent.spawn(self._serve)

    def stop(self) -> None:
        """Give no more; a round that waits for Redis is left as it is."""
        if self._greenlet is not None:
            self._greenlet.kill()
        self._waiting.clear()

    def ask(self, call: Turn) -> None:
        """Have a call handle what has come for it. To be asked once for each turn."""
        self._waiting.append(call)
        if len(self._waiting) == 1:
            self._wake.set()

    def _serve(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            try:
                self._round()
            except Exception:  # whatever it was, callers need the rounds that follow
                log.exception("a round of turns failed")

    def _round(self) -> None:
        calls, self._waiting = self._waiting, []
        commits: list[Commit] = []
        acting: list[tuple[Turn, list[Effect]]] = []
        urgent = False
        for call in calls:
            try:
                given = call.handle()
            except Exception:  # the others of this round must not suffer from it
                log.exception("a turn failed")
                continue
            if given is None:
                continue
            commit, effects = given
            commits.append(commit)
            acting.append((call, effects))
            urgent = urgent or (bool(effects) and not commit.closed)
        if commits:
            self._store.commit(*commits, wait=urgent)
        for call, effects in acting:
            try:
                if effects:
                    call.perform(effects)
            except Exception:
                log.exception("effects could not be performed")
        for call, _ in acting:
            try:
                call.depart()
            except Exception:
                log.exception("a turn could not be ended")
