"""One file of turns that wait for Redis, oldest first: SQLite, each append durable when it returns.

Every method waits for the disk, so none may be called in the hub. One process has a file open at a time; SQLite's own
exclusive lock says who, and death lets go of it. Each turn carries a checksum: one that was damaged on the disk is
passed over and counted, and the file is then kept for people to look at.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from engine.core.errors import StoreError

PAGE = 4096
DAMAGED = ".damaged"
_FOLLOWERS = ("-wal", "-shm", "-journal")
_TABLE = """CREATE TABLE IF NOT EXISTS turns (number INTEGER PRIMARY KEY, made REAL NOT NULL, doubtful INTEGER NOT NULL,
  sum INTEGER NOT NULL, turn BLOB NOT NULL)"""

_READ = "SELECT number, made, doubtful, sum, turn FROM turns WHERE number"


class OutboxError(StoreError):
    """The disk does not take or give turns: it is full, not writable or damaged."""


class OutboxTakenError(OutboxError):
    """Another process has the file open."""


class OutboxDamagedError(OutboxError):
    """The file is not one of turns, or too damaged to be opened."""


_FAULTS: dict[int, type[OutboxError]] = {
    sqlite3.SQLITE_BUSY: OutboxTakenError,
    sqlite3.SQLITE_NOTADB: OutboxDamagedError,
    sqlite3.SQLITE_CORRUPT: OutboxDamagedError,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One turn in the file."""

    number: int
    """Its place: 1, 2, 3 ... in the order of appending."""
    made: float
    """Seconds since 1970 at which it was appended, by this machine's clock."""
    doubtful: bool
    """Whether it had been sent to Redis before without an answer."""
    turn: bytes


class OutboxFile:
    """An open file, made when it is not there.

    Raises OutboxTakenError, OutboxDamagedError, or OutboxError when the disk does not let it be opened.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.rows = 0
        self.bytes = 0
        self.oldest = 0.0
        """When the oldest turn was appended, seconds since 1970; 0 for none."""
        self.damaged = 0
        """Turns passed over because they could not be read."""
        try:
            fresh = _made(path)
            self._db = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(f"{path}: {error}") from None
        try:
            for line in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "cache_size=-2000"):
                self._db.execute(f"PRAGMA {line}").fetchall()
            self._db.execute(f"PRAGMA max_page_count={max(8, max_bytes // PAGE)}").fetchall()
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(_TABLE)
            self._db.execute("COMMIT")
            if fresh:
                _sync_folder(path.parent)
            self._last = self._look()
        except (sqlite3.Error, OSError) as error:
            self._db.close()
            raise _FAULTS.get(_code(error), OutboxError)(f"{path}: {error}") from None

    @property
    def name(self) -> str:
        """What tells this file from all others there ever were."""
        return self.path.stem

    def append(self, turns: Sequence[bytes], made: float, doubtful: int = 0) -> None:
        """Add turns, the first `doubtful` of them sent before without an answer. Raises OutboxError and adds none."""
        rows = [
            (self._last + place, made, int(place <= doubtful), crc32(turn), turn)
            for place, turn in enumerate(turns, start=1)
        ]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO turns VALUES (?, ?, ?, ?, ?)", rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise OutboxError(f"{self.path}: {error}") from None
        if not self.rows:
            self.oldest = made
        self._last += len(rows)
        self.rows += len(rows)
        self.bytes += sum(map(len, turns))

    def after(self, number: int, most: int, most_bytes: int) -> list[Waiting]:
        """The oldest turns behind a place, at least one if there is one. Raises OutboxError when the disk fails."""
        found: list[Waiting] = []
        start, size, damaged = number, 0, self.damaged
        try:
            while not found:
                looked = 0
                for row in self._db.execute(f"{_READ} > ? ORDER BY number LIMIT ?", (number, most)):
                    number, looked = row[0], looked + 1
                    size += self._take(row, found)
                    if size >= most_bytes:
                        break
                if not looked:
                    break
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise OutboxError(f"{self.path}: {error}") from None
            self.damaged = damaged
            return self._one_by_one(start, most)
        return found

    def remove(self, number: int) -> None:
        """Take away everything up to a place. Raises OutboxError when the disk does not let it: nothing is gone."""
        try:
            left = self._db.execute("DELETE FROM turns WHERE number <= ?", (number,)).rowcount
            gone = min(left, self.rows)
            self.bytes = self.bytes - self.bytes * gone // self.rows if self.rows else 0
            self.rows -= gone
            first = self._db.execute("SELECT made FROM turns ORDER BY number LIMIT 1").fetchone()
        except sqlite3.Error as error:
            self._undo()
            raise OutboxError(f"{self.path}: {error}") from None
        self.oldest = float(first[0]) if first else 0.0

    def discard(self) -> None:
        """Delete the file; one that was damaged is kept under another name."""
        if self.damaged:
            with suppress(sqlite3.Error):
                self._db.close()
            set_aside(self.path)
            return
        for follower in ("", *_FOLLOWERS):
            with suppress(OSError):
                self.path.with_name(self.path.name + follower).unlink()
        with suppress(sqlite3.Error):
            self._db.close()

    def close(self) -> None:
        """Let go of the file and leave it for whoever drains it."""
        with suppress(sqlite3.Error):
            self._db.close()

    def _look(self) -> int:
        """Count what is there; the last place taken."""
        ends = "SELECT coalesce((SELECT min(number) FROM turns), 0), coalesce((SELECT max(number) FROM turns), 0)"
        first, last = self._db.execute(ends).fetchone()
        try:
            self.rows, self.bytes = self._db.execute(
                "SELECT count(*), coalesce(sum(length(turn)), 0) FROM turns"
            ).fetchone()
            made = self._db.execute("SELECT made FROM turns WHERE number = ?", (first,)).fetchone()
            self.oldest = float(made[0]) if made else 0.0
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise
            # A part of it cannot be read; `after` finds out which.
            self.rows, self.bytes, self.damaged = last - first + 1, self.path.stat().st_size, 1
        return int(last)

    def _take(self, row: tuple[int, float, int, int, bytes], found: list[Waiting]) -> int:
        """Add a turn that is whole; its size."""
        number, made, doubtful, checksum, turn = row
        if not isinstance(turn, bytes) or crc32(turn) != checksum:
            self.damaged += 1
            return 0
        found.append(Waiting(number, float(made), bool(doubtful), turn))
        return len(turn)

    def _one_by_one(self, number: int, most: int) -> list[Waiting]:
        """What can still be read of a damaged file."""
        found: list[Waiting] = []
        for place in range(number + 1, self._last + 1):
            try:
                row = self._db.execute(f"{_READ} = ?", (place,)).fetchone()
            except sqlite3.Error as error:
                if not _is_damage(error):
                    raise OutboxError(f"{self.path}: {error}") from None
                self.damaged += 1
                continue
            if row is not None:
                self._take(row, found)
            if len(found) >= most:
                break
        return found

    def _undo(self) -> None:
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _code(error: Exception) -> int:
    """SQLite's primary result code (sqlite.org/rescode.html), 0 for none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_damage(error: sqlite3.Error) -> bool:
    return _FAULTS.get(_code(error)) is OutboxDamagedError


def set_aside(path: Path) -> Path | None:
    """Keep a file that cannot be read under another name; where it is now, None when it could not be moved."""
    kept = path.with_name(path.name + DAMAGED)
    for follower in _FOLLOWERS:
        with suppress(OSError):
            path.with_name(path.name + follower).rename(kept.with_name(kept.name + follower))
    try:
        path.rename(kept)
    except OSError:
        return None
    _sync_folder(path.parent)
    return kept


def _made(path: Path) -> bool:
    """Whether the file had to be made; its owner alone can read it.

    One that is there is not opened: closing it again would let go of every lock this process has on it (fcntl(2)).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a power failure, as far as its file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
