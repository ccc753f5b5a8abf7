"""The embedded Redis: a child process that outlives a killed engine and is found again by the next one.

Calls survive the death of their engine because their journals do, so the Redis that holds them must not die along.
It runs in a session of its own, its address and password stand in a file only its owner can read, and the file is
believed only after a PING with that password. A clean stop of the last engine that uses it stops it.
"""

import errno
import fcntl
import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import gevent
from gevent import subprocess
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from engine.core.errors import StoreError
from engine.shell.telemetry import hide

START_SECONDS = 30.0
"""A large append-only file takes time to load before the first PING is answered."""
ATTEMPTS = 5
"""Free ports tried before giving up: another program may take one between our look and Redis' bind."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where an embedded Redis answers."""

    port: int
    password: str
    pid: int

    @property
    def url(self) -> str:
        """Its address with the password: never to be logged."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


class EmbeddedRedis:
    """The Redis of one state folder.

    `start` finds the running one or starts it and returns its address; `revive` starts one that died again; `stop` ends
    it unless another engine of the same folder uses it; `abandon` forgets it without ending it.
    """

    def __init__(self, folder: Path, program: str = "redis-server") -> None:
        self.folder = folder.absolute()
        self.program = program
        self.running: Running | None = None
        self._users: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Find or start it and return its address. Raises StoreError that says what is wrong and where to look."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._users = self._locked("users", fcntl.LOCK_SH)
        door = self._locked("starting", fcntl.LOCK_EX)
        try:
            self.running = self._found() or self._started()
        except BaseException:
            self.abandon()
            raise
        finally:
            os.close(door)
        hide(self.running.password)
        return self.running.url

    def revive(self) -> bool:
        """Start it again, where it was, if it died; whether it had. Raises StoreError when it does not start."""
        running = self.running
        if running is None or self._lives(running.pid):
            return False
        door = self._locked("starting", fcntl.LOCK_EX)
        try:
            found = read_address(self.folder)
            if found is not None and found.port == running.port and self._lives(found.pid):
                self.running = found  # another engine of the folder was quicker
                return False
            revived = self._launch(running.port, running.password)
        finally:
            os.close(door)
        if revived is None:
            raise StoreError(f"embedded Redis died and does not start again, see {self._log}: {self._last_words()}")
        self.running = revived
        return True

    def stop(self) -> bool:
        """End it cleanly, all written to disk; False when another engine still uses it. Raises StoreError."""
        running, users = self.running, self._users
        if running is None or users is None:
            return False
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                raise StoreError(f"embedded Redis: {error}") from None
            self.abandon()
            return False
        try:
            self._shut_down(running)
            self._address.unlink(missing_ok=True)
        finally:
            self.abandon()
        return True

    def abandon(self) -> None:
        """Let go of it without ending it, as a killed engine does."""
        if self._users is not None:
            os.close(self._users)
        self._users = self.running = None

    @property
    def _address(self) -> Path:
        return self.folder / "address.json"

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"

    @property
    def _log(self) -> Path:
        return self.folder / "redis.log"

    def _locked(self, name: str, how: int) -> int:
        """A lock file, held until its descriptor is closed, also by death."""
        descriptor = os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with gevent.Timeout(START_SECONDS, StoreError(f"{self.folder}: another engine has been starting for long")):
                while not _flock(descriptor, how):
                    gevent.sleep(0.02)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _found(self) -> Running | None:
        """The one an earlier engine left. One that still lives is waited for: two on the same files lose data."""
        running = read_address(self.folder)
        if running is None:
            return None
        mute = StoreError(f"embedded Redis (pid {running.pid}) lives but does not answer, see {self._log}")
        with gevent.Timeout(START_SECONDS, mute):
            while not _answers(running):
                if not self._lives(running.pid):
                    return None
                gevent.sleep(0.02)
        return running

    def _lives(self, pid: int) -> bool:
        """Whether that process is a Redis of this folder and not a later one of the same number."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self._configuration) in words

    def _started(self) -> Running:
        for _ in range(ATTEMPTS):
            running = self._launch(_free_port(), secrets.token_urlsafe(32))
            if running is not None:
                return running
        raise StoreError(f"embedded Redis does not start, see {self._log}: {self._last_words()}")

    def _launch(self, port: int, password: str) -> Running | None:
        _write_private(
            self._configuration,
            f"bind 127.0.0.1\nport {port}\nprotected-mode yes\nrequirepass {password}\n"
            f"dir {_quoted(self.folder)}\nlogfile {_quoted(self._log)}\n"
            'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n'
            "daemonize no\nsupervised no\nset-proc-title no\n",
        )
        try:
            child = subprocess.Popen(
                [self.program, str(self._configuration)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise StoreError(f"{self.program} cannot be started: {error.strerror}; is it installed?") from None
        self._child = child
        running = Running(port, password, child.pid)
        _write_private(self._address, json.dumps({"port": port, "password": password, "pid": child.pid}))
        slow = StoreError(f"embedded Redis gave no answer for {START_SECONDS:g} s, see {self._log}")
        try:
            with gevent.Timeout(START_SECONDS, slow):
                while child.poll() is None:
                    if _answers(running):
                        return running
                    gevent.sleep(0.02)
        except BaseException:
            child.kill()
            raise
        return None

    def _shut_down(self, running: Running) -> None:
        client = connect(running)
        try:
            client.execute_command("SHUTDOWN")  # type: ignore[no-untyped-call]  # its own method awaits a reply
        except RedisError:
            pass  # the connection closes in place of a reply
        finally:
            client.close()
        slow = StoreError(f"embedded Redis (pid {running.pid}) does not stop, see {self._log}")
        with gevent.Timeout(START_SECONDS, slow):
            while _listens(running.port):
                gevent.sleep(0.02)
            if self._child is not None:
                self._child.wait()

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return "it left no log"
        return lines[-1] if lines else "its log is empty"


def read_address(folder: Path) -> Running | None:
    """Where the embedded Redis of a folder answers, going by its file; None when there is no readable one."""
    try:
        saved = json.loads((folder / "address.json").read_text("utf-8"))
        return Running(int(saved["port"]), str(saved["password"]), int(saved["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def connect(running: Running) -> "Redis":
    """A client of an embedded Redis that neither retries nor waits long."""
    return Redis(
        host="127.0.0.1",
        port=running.port,
        password=running.password,
        socket_timeout=2.0,
        socket_connect_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


def _answers(running: Running) -> bool:
    client = connect(running)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 2.0).close()
    except OSError:
        return False
    return True


def _flock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _quoted(path: Path) -> str:
    """A path as Redis' configuration reads it."""
    return json.dumps(str(path), ensure_ascii=False)


def _write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.rename(path)
