"""Names to addresses without ever stopping the process, and without one hung name server stopping the others.

Lookups run in native threads. A name is looked up once at a time, whoever asks; a name that hung before is looked up
in a few threads set apart for such, so however many of them there are, the others find a thread. When nobody answers,
what was known within the last hour is used.
"""

import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import gevent
from gevent.event import AsyncResult
from gevent.monkey import get_original
from gevent.threadpool import ThreadPool

Lookup = Callable[[str], Sequence[str]]
"""The addresses of a name, asked for in a native thread; it may block. Raises OSError when there are none."""

BUDGET = 2.0
"""Seconds a lookup may take."""
KEPT = 30.0
"""Seconds an answer is used without asking again."""
KEPT_FAILURE = 5.0
KEPT_STALE = 3600.0
MOST_NAMES = 4096
THREADS, SLOW_THREADS = 32, 4
SLOW_FOR = 300.0
"""Seconds a name that hung counts as one that hangs."""


class UnknownNameError(Exception):
    """A name has no address, or nobody said in time; the message says which."""


@dataclass(slots=True)
class _Known:
    addresses: tuple[str, ...]
    at: float
    failure: str = ""
    failed_at: float = 0.0


def system_lookup(name: str) -> Sequence[str]:
    """The addresses the operating system gives, in its order. Blocks."""
    found = get_original("socket", "getaddrinfo")(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """Looks names up for one process."""

    def __init__(self, lookup: Lookup = system_lookup, budget: float = BUDGET) -> None:
        self._lookup = lookup
        self._budget = budget
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._hung: dict[str, float] = {}
        self._running: dict[str, AsyncResult[tuple[str, ...]]] = {}
        self._threads = ThreadPool(THREADS)
        self._slow_threads = ThreadPool(SLOW_THREADS)

    def resolve(self, host: str) -> tuple[str, ...]:
        """The addresses of a name, or the address itself when it is one. Only the calling greenlet waits.

        Raises UnknownNameError within the budget.
        """
        now = time.monotonic()
        known = self._known.get(host)
        if known is not None:
            if known.addresses and now - known.at < KEPT:
                return known.addresses
            if known.failure and now - known.failed_at < KEPT_FAILURE:
                return self._stale(known, now)
        else:
            try:
                return (str(ip_address(host)),)
            except ValueError:
                pass
        return self._ask(host)

    def _ask(self, host: str) -> tuple[str, ...]:
        running = self._running.get(host)
        if running is None:
            running = self._running[host] = AsyncResult()
            gevent.spawn(self._run, host, running)
        running.wait(self._budget)
        if not running.ready():
            self._hung.setdefault(host, time.monotonic())
            failed = self._failed(host, f"no name server answered within {self._budget:g} s")
        elif running.successful():
            return running.get() or ()
        else:
            failed = self._failed(host, _reason(running.exception))
        return self._stale(failed, time.monotonic())

    def _run(self, host: str, result: "AsyncResult[tuple[str, ...]]") -> None:
        """Look one name up, however long it takes: what comes late is there for the next who asks."""
        began = time.monotonic()
        hung = self._hung.get(host)
        if hung is not None and began - hung > SLOW_FOR:
            del self._hung[host]
            hung = None
        threads = self._threads if hung is None else self._slow_threads
        try:
            addresses = tuple(threads.apply(self._lookup, (host,)))
        except (OSError, UnicodeError) as error:
            result.set_exception(error)
        else:
            if addresses:
                self._keep(host, _Known(addresses, time.monotonic()))
                result.set(addresses)
            else:
                result.set_exception(OSError("no address"))
        finally:
            del self._running[host]
        if hung is not None and time.monotonic() - began < self._budget:
            self._hung.pop(host, None)

    def _failed(self, host: str, failure: str) -> _Known:
        before = self._known.get(host) or _Known((), 0.0)
        failed = _Known(before.addresses, before.at, failure, time.monotonic())
        self._keep(host, failed)
        return failed

    def _keep(self, host: str, known: _Known) -> None:
        self._known[host] = known
        self._known.move_to_end(host)
        while len(self._known) > MOST_NAMES:
            gone, _ = self._known.popitem(last=False)
            self._hung.pop(gone, None)

    @staticmethod
    def _stale(known: _Known, now: float) -> tuple[str, ...]:
        if known.addresses and now - known.at < KEPT_STALE:
            return known.addresses
        raise UnknownNameError(known.failure)


def _reason(error: BaseException | None) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
