"""The outbox: where turns wait on this machine's disk while Redis is away, for this process or the one after it.

Each process has a file of its own, made when it is first needed and deleted when it is drained. Files that dead
processes of the same folder left are adopted: the order of their names is the order in which they were begun. All work
on files is done by one native thread, so the hub never waits for the disk, and one thing is done after the other.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

import hiredis
import structlog
from gevent.threadpool import ThreadPool

from engine.shell.outbox_file import OutboxDamagedError, OutboxError, OutboxFile, OutboxTakenError, Waiting, set_aside

log = structlog.get_logger("outbox")

MOST_ROWS = 256
MOST_BYTES = 1 << 20
"""Of one batch that is read: large enough to be quick, small enough to hold up nobody."""
PATIENCE = 5
"""Times a file is tried that the disk does not give, before it is set aside."""

T = TypeVar("T")
Value = str | bytes | int


@dataclass(frozen=True, slots=True)
class Batch:
    """The oldest turns of one file."""

    outbox: str
    """The name of the file: no two of them ever share one."""
    rows: list[Waiting]


@dataclass(slots=True)
class _Open:
    """An open file, how far it has been read for good, and how often that failed."""

    file: OutboxFile
    place: int = 0
    faults: int = 0


def pack(values: Sequence[Value]) -> bytes:
    """A turn as it lies in the file: the form in which Redis is told lists of texts (RESP)."""
    packed: bytes = hiredis.pack_command(tuple(values))  # type: ignore[arg-type]  # its stub takes a tuple of one
    return packed


def unpack(turn: bytes) -> list[bytes]:
    """The values of a packed turn."""
    reader = hiredis.Reader()
    reader.feed(turn)
    values: list[bytes] = reader.gets()
    return values


class Outbox:
    """The files of one folder that this process has open. `max_bytes` bounds them together, within a few megabytes."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.set_aside = 0
        """Turns that could not be read; their files were kept for people to look at."""
        self._open: list[_Open] = []
        self._own: _Open | None = None
        self._pool = ThreadPool(1)

    # How much there is, for whoever asks

    @property
    def rows(self) -> int:
        """Turns that wait."""
        return sum(one.file.rows for one in self._open)

    @property
    def size(self) -> int:
        """Bytes of the turns that wait."""
        return sum(one.file.bytes for one in self._open)

    @property
    def oldest_age(self) -> float:
        """Seconds the oldest turn has waited, 0 when there is none or this machine's clock was set back."""
        made = [one.file.oldest for one in self._open if one.file.rows]
        return max(0.0, time.time() - min(made)) if made else 0.0

    # Work; each waits for the disk, but not in the hub

    def adopt(self) -> int:
        """Open what dead processes left; the number of files found. What cannot be read is set aside and told."""
        return self._do(self._adopt)

    def keep(self, turns: Sequence[bytes], doubtful: int = 0) -> None:
        """Append turns in order, durable when this returns. Raises OutboxError and keeps none of them.

        The first `doubtful` were sent to Redis without an answer.
        """
        self._do(lambda: self._keep(turns, doubtful))

    def next(self) -> Batch | None:
        """The oldest turns not yet `done`; None when there are none, and no file any more.

        Raises OutboxError when the disk does not give them now.
        """
        return self._do(self._next)

    def done(self, batch: Batch) -> None:
        """Forget a batch: Redis has it. When the disk does not let it be deleted, it is at least not given again."""
        self._do(lambda: self._done(batch))

    def close(self) -> None:
        """Let go of every file; what waits is drained by the next process."""
        self._do(self._close)
        self._pool.kill()

    def _do(self, work: Callable[[], T]) -> T:
        """Have the native thread do it; only the calling greenlet waits."""

        def guarded() -> tuple[Any, Exception | None]:
            try:
                return work(), None
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for, and not printed here
                return None, error

        value, error = cast(tuple[T, Exception | None], self._pool.spawn(guarded).get())
        if error is not None:
            raise error
        return value

    # In the native thread

    def _left(self) -> Iterator[Path]:
        mine = {one.file.path for one in self._open}
        return (path for path in sorted(self.folder.glob("*.sqlite")) if path not in mine)

    def _adopt(self) -> int:
        adopted = 0
        for path in list(self._left()):
            try:
                file = OutboxFile(path, self.max_bytes)
            except OutboxTakenError:
                continue
            except OutboxDamagedError as error:
                log.error("an outbox cannot be read and is set aside", error=str(error), kept=str(set_aside(path)))
                self.set_aside += 1
                continue
            except OutboxError as error:
                log.error("an outbox cannot be opened", error=str(error))
                continue
            log.info("an outbox was left behind and is drained", file=str(path), turns=file.rows)
            self._open.insert(len(self._open) - (self._own is not None), _Open(file))
            adopted += 1
        return adopted

    def _keep(self, turns: Sequence[bytes], doubtful: int) -> None:
        own = self._own
        if own is None:
            self._own = own = _Open(self._begun())
            self._open.append(own)
        own.file.append(turns, time.time(), doubtful)

    def _begun(self) -> OutboxFile:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutboxError(f"{self.folder}: {error.strerror}") from None
        taken = [int(path.name[:8]) for path in self.folder.glob("*.sqlite*") if path.name[:8].isdecimal()]
        others = sum(one.file.path.stat().st_size for one in self._open)
        path = self.folder / f"{max(taken, default=0) + 1:08d}-{uuid4().hex}.sqlite"
        return OutboxFile(path, self.max_bytes - others)

    def _next(self) -> Batch | None:
        while self._open:
            oldest = self._open[0]
            try:
                rows = oldest.file.after(oldest.place, MOST_ROWS, MOST_BYTES)
            except OutboxError as error:
                oldest.faults += 1
                if oldest.faults < PATIENCE:
                    raise
                log.error("an outbox is set aside, the disk does not give it", error=str(error))
                oldest.file.damaged += max(1, oldest.file.rows)
                rows = []
            if rows:
                oldest.faults = 0
                return Batch(oldest.file.name, rows)
            self._finish(oldest)
        return None

    def _finish(self, drained: _Open) -> None:
        damaged = drained.file.damaged
        if damaged:
            self.set_aside += damaged
            log.error("turns in an outbox could not be read", file=str(drained.file.path), turns=damaged)
        drained.file.discard()
        self._open.remove(drained)
        if drained is self._own:
            self._own = None

    def _done(self, batch: Batch) -> None:
        for one in self._open:
            if one.file.name == batch.outbox:
                one.place = batch.rows[-1].number
                try:
                    one.file.remove(one.place)
                except OutboxError as error:
                    log.warning("what Redis took cannot be deleted from the outbox", error=str(error))

    def _close(self) -> None:
        for one in self._open:
            if one.file.rows or one.file.damaged:
                one.file.close()
            else:
                one.file.discard()
        self._open.clear()
        self._own = None
