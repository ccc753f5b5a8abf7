"""The child processes of an engine: started with it, started again when they die, ended with it.

A child reads from a pipe that only its parent holds: the end of that pipe is the end of the parent, however it died,
and the child's own. So no child is left behind, and none is started twice beside one that lives.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import gevent
import structlog
from gevent import subprocess
from gevent.event import Event
from gevent.os import make_nonblocking, nb_read

log = structlog.get_logger("supervisor")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 60.0
"""Seconds a child must have lived for its next death to count as the first."""
PATIENCE = 8.0
"""Seconds a child has to end in order before it is killed."""


class Supervisor:
    """Keeps some commands of ours running. `environment` is added to this process's own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._keepers: list[gevent.Greenlet[..., None]] = []
        self._stopping = Event()

    def keep(self, name: str, arguments: Sequence[str]) -> None:
        """Run `switchboard NAME ARGUMENTS --supervised` from now on."""
        argv = [sys.executable, "-m", "engine", name, *arguments, "--supervised"]
        self._keepers.append(gevent.spawn(self._keep, name, argv))

    @property
    def running(self) -> Mapping[str, int]:
        """The process id of every child that lives."""
        return {name: child.pid for name, child in self._children.items()}

    def stop(self, patience: float = PATIENCE) -> None:
        """Let every child end in order; kill what does not in time."""
        self._stopping.set()
        for child in self._children.values():
            _end(child)
        gevent.joinall(self._keepers, patience)
        for name, child in self._children.items():
            log.warning("child does not end and is killed", child=name, pid=child.pid)
            _signal(child, signal.SIGKILL)
        gevent.joinall(self._keepers, 1.0)
        gevent.killall(self._keepers)

    def _keep(self, name: str, argv: Sequence[str]) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                # A session of its own: Ctrl-C in the terminal is for the parent, which ends its children in order.
                child = subprocess.Popen(argv, stdin=subprocess.PIPE, env=self._environment, start_new_session=True)
            except OSError as error:
                log.error("child cannot be started", child=name, error=error.strerror)
            else:
                self._children[name] = child
                log.info("child started", child=name, pid=child.pid)
                if self._stopping.is_set():  # while it was being started
                    _end(child)
                code = child.wait()
                del self._children[name]
                _close(child)
                if self._stopping.is_set():
                    return
                log.error("child ended and is started again", child=name, code=code)
            pause = next_pause(pause, time.monotonic() - began)
            self._stopping.wait(pause)


def next_pause(pause: float, lived: float) -> float:
    """Seconds until a child that lived so long is started again; `pause` was waited before it, 0 the first time."""
    return FIRST_PAUSE if not pause or lived > STEADY else min(2 * pause, LONGEST_PAUSE)


def when_parent_ends(tell: Callable[[], None]) -> "gevent.Greenlet[[], None]":
    """Call `tell` when standard input ends, which a supervised child is given for nothing else."""

    def watch() -> None:
        make_nonblocking(0)
        with suppress(OSError):
            while nb_read(0, 1024):
                pass
        tell()

    return gevent.spawn(watch)


def _end(child: "subprocess.Popen[bytes]") -> None:
    _close(child)
    _signal(child, signal.SIGTERM)  # one that is still starting does not look at its input yet


def _close(child: "subprocess.Popen[bytes]") -> None:
    if child.stdin is not None:
        with suppress(OSError):
            child.stdin.close()


def _signal(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        child.send_signal(number)
