"""Who does what among the deliver processes that share a Redis: each task is held by one of them, by a lease.

Every process says that it lives and sees who else does. For each task all of them reckon the same preferred holder
(the highest hash of task and process), so the tasks are spread evenly, and a process that comes or goes moves only
its share. A lease lives `lives_ms`; who cannot renew it stops acting on it before it ends, and the next one takes it
when it has ended. Whoever holds a lease has its epoch, which later holders exceed: what is written under an old one is
refused (scripts/finish.lua, scripts/advance.lua).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import gevent
import redis
import structlog
from gevent.event import Event

from engine.shell.delivery.redis_line import Command, RedisLine, Script, delivery_script
from engine.shell.keys import DELIVERERS
from engine.shell.scripts import source

log = structlog.get_logger("deliver")

LIVES_MS = 6000
MARGIN = 0.15
"""Share of a lease's life, at its end, in which it is no longer acted on."""
RENEW_EVERY = 2.0
"""Seconds between renewals at most; a third of a lease's life if that is less."""
TRY_EVERY = 0.5
"""Seconds between looks at a lease that is ours to take and still another's."""
PER_WRITE = 500
"""Leases renewed in one write: more of them would hold up the hub."""

_OWN = Script(source("own"))
_PRESENCE = delivery_script("presence")


@dataclass(slots=True)
class Held:
    """A lease of this process."""

    epoch: int
    renewed: float
    """Monotonic time at which Redis was last asked to renew it."""
    leaving: bool = False
    """Whether it is being handed to another process."""


def preferred(task: str, living: Iterable[str]) -> str:
    """Which of the living processes should hold a task: the same answer everywhere. "" when none lives."""
    return max(living, key=lambda name: blake2b(f"{task}\n{name}".encode(), digest_size=8).digest(), default="")


class Leases:
    """The leases of one process. Tasks are named by the key their lease has in Redis.

    `on_gained(task, epoch)` and `on_lost(task)` must not wait. `on_leaving(task)` may: it runs in a greenlet of its own
    before a lease is handed over, and should end what is under way.
    """

    def __init__(
        self, client: redis.Redis, name: str, *, on_gained: Callable[[str, int], None], on_lost: Callable[[str], None],
        on_leaving: Callable[[str], None], lives_ms: int = LIVES_MS,
    ) -> None:  # fmt: skip
        self.name = name
        self._line = RedisLine(client, (_OWN, _PRESENCE))
        self._on_gained = on_gained
        self._on_lost = on_lost
        self._on_leaving = on_leaving
        self._lives_ms = lives_ms
        self._tasks: frozenset[str] = frozenset()
        self._held: dict[str, Held] = {}
        self._living: tuple[str, ...] = ()
        self._goodbyes: list[Command] = []
        self._changed = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._stopping = False

    def start(self) -> "gevent.Greenlet[[], None]":
        """Begin to take leases and to renew them; the greenlet never ends by itself."""
        self._greenlet = gevent.spawn(self._keep)
        return self._greenlet

    def stop(self, patience: float = 5.0) -> None:
        """End what is under way, then give everything back, so that others can take it at once."""
        self._stopping = True
        if self._greenlet is not None:
            self._greenlet.kill()
        leaving = [gevent.spawn(self._on_leaving, task) for task in self._held]
        gevent.joinall(leaving, patience)
        gevent.killall(leaving)
        self._goodbyes.append(_PRESENCE.call([DELIVERERS], [self.name, 0]))
        for task in list(self._held):
            self._lose(task, give_back=True)
        try:
            self._line.ask(self._goodbyes, 2.0)
        except redis.RedisError as error:
            log.warning("leases could not be given back; they run out", error=str(error))
        self._line.close()

    def want(self, tasks: Iterable[str]) -> None:
        """The tasks there are now. Leases of others are given up at the next look, which comes at once."""
        tasks = frozenset(tasks)
        if tasks != self._tasks:
            self._tasks = tasks
            self._changed.set()

    def forget(self, task: str) -> None:
        """Another process proved to have a lease: it is lost here, and taken again if it is ours to have."""
        if task in self._held:
            self._lose(task)
            self._changed.set()

    def epoch(self, task: str) -> int:
        """The epoch under which a task may be acted on now; 0 when it may not."""
        held = self._held.get(task)
        if held is None or time.monotonic() > held.renewed + self._lives_ms / 1000 * (1 - MARGIN):
            return 0
        return held.epoch

    @property
    def held(self) -> Mapping[str, int]:
        """The epoch of every lease held."""
        return {task: held.epoch for task, held in self._held.items()}

    @property
    def living(self) -> tuple[str, ...]:
        """The processes that live, as of the last look."""
        return self._living

    def _keep(self) -> None:
        while True:
            self._changed.clear()
            try:
                wait = self._look()
            except redis.RedisError as error:
                log.warning("leases could not be renewed", held=len(self._held), error=str(error))
                self._line.close()
                wait = TRY_EVERY
            self._changed.wait(wait)

    def _look(self) -> float:
        """Renew what is held, take what is ours, hand over what is not. Seconds until it must be done again."""
        goodbyes = len(self._goodbyes)
        *_, (living, first) = self._line.ask(
            [*self._goodbyes[:goodbyes], _PRESENCE.call([DELIVERERS], [self.name, self._lives_ms])]
        )
        del self._goodbyes[:goodbyes]
        self._living = tuple(sorted(name.decode() for name in living))
        ours = {task for task in self._tasks if preferred(task, self._living) == self.name}
        for task in [task for task in self._held if task not in ours]:
            self._hand_over(task)
        missing = self._renew(sorted(ours | self._held.keys()))
        wait = TRY_EVERY if missing else min(RENEW_EVERY, self._lives_ms / 3000)
        return min(wait, max(0.05, first / 1000)) if first >= 0 else wait

    def _renew(self, tasks: list[str]) -> int:
        """Ask for leases, held or not. How many that are ours another process still has."""
        missing = 0
        for start in range(0, len(tasks), PER_WRITE):
            some = tasks[start : start + PER_WRITE]
            held = [self._held.get(task) for task in some]
            asked = time.monotonic()
            epochs = self._line.ask(
                [self._own(task, one.epoch if one else 0, self._lives_ms) for task, one in zip(some, held, strict=True)]
            )
            for task, before, epoch in zip(some, held, epochs, strict=True):
                if self._held.get(task) is not before:
                    continue  # handed over while Redis was asked
                if before is not None and epoch:
                    before.renewed = asked
                elif before is not None:
                    log.warning("lease lost to another process", task=task)
                    self._lose(task)
                    missing += 1
                elif epoch:
                    self._held[task] = Held(epoch, asked)
                    self._on_gained(task, epoch)
                else:
                    missing += 1
        return missing

    def _hand_over(self, task: str) -> None:
        held = self._held[task]
        if not held.leaving:
            held.leaving = True
            gevent.spawn(self._leave, task, held)

    def _leave(self, task: str, held: Held) -> None:
        leaving = gevent.spawn(self._on_leaving, task)
        leaving.join(self._lives_ms / 1000)
        leaving.kill()
        if self._held.get(task) is held and not self._stopping:
            self._lose(task, give_back=True)
            self._changed.set()

    def _lose(self, task: str, *, give_back: bool = False) -> None:
        held = self._held.pop(task)
        if give_back:
            self._goodbyes.append(self._own(task, held.epoch, 0))
        self._on_lost(task)

    def _own(self, task: str, epoch: int, lives_ms: int) -> Command:
        return _OWN.call([task], [self.name, epoch, lives_ms])
