"""Writes down what became of deliveries, for all endpoints of one process: whatever came together goes in one write.

An attempt is finished in memory at once, so that its endpoint goes on; what must be remembered of it follows within
`LINGER` seconds. A death in between costs a repetition under the same id. When Redis is away everything is kept and
written again, in order; what was written already changes nothing.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gevent
import redis
import structlog
from gevent.event import Event

from engine.shell.delivery.queue import DUE, FENCED, FINISH, EndpointQueue, Outcome
from engine.shell.delivery.redis_line import Command, RedisLine

log = structlog.get_logger("deliver")

LINGER = 0.01
"""Seconds in which what finishes is gathered."""
RETRY_DELAY = 0.5
PER_ENDPOINT = 200
"""Outcomes of one endpoint in one write; more would be too many arguments for one script."""
PER_WRITE = 64
"""Endpoints in one write."""

Answered = Callable[[list[Any]], None]


@dataclass(slots=True, eq=False)
class Account:
    """What is to be written and asked about one endpoint by its owner."""

    queue: EndpointQueue
    epoch: int
    on_written: Callable[[Sequence[Outcome]], None]
    on_fenced: Callable[[], None]
    """Another process owns the endpoint: nothing was written, and nothing will be."""
    on_fault: Callable[[], None]
    """What Redis answered could not be used."""
    outcomes: deque[Outcome] = field(default_factory=deque)
    state: dict[str, str | float] = field(default_factory=dict)
    questions: deque[tuple[list[Command], Answered]] = field(default_factory=deque)
    closed: bool = False

    @property
    def idle(self) -> bool:
        """Whether there is nothing to write or ask."""
        return not (self.outcomes or self.state or self.questions)


class Finisher:
    """The writer of one process. `owner` is the name its leases are held under."""

    def __init__(self, client: redis.Redis, owner: str, wake_key: str) -> None:
        self._line = RedisLine(client, (FINISH, DUE))
        self._owner = owner
        self._wake_reader: list[Command] = [
            ("XADD", wake_key, "MAXLEN", "1", "*", "wake", "1"), ("EXPIRE", wake_key, "3600"),
        ]  # fmt: skip
        self._dirty: dict[Account, None] = {}
        self._poked = False
        self._wake = Event()
        self._written = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self.available = True

    def start(self) -> "gevent.Greenlet[[], None]":
        """Begin to write; the greenlet never ends by itself."""
        self._greenlet = gevent.spawn(self._write_for_ever)
        return self._greenlet

    def stop(self) -> None:
        """End; what is not written then stays as it was in Redis. See `flush`."""
        if self._greenlet is not None:
            self._greenlet.kill()
        self._line.close()

    def note(self, account: Account, outcome: Outcome, state: dict[str, str | float]) -> None:
        """Write down what an attempt came to, soon."""
        account.outcomes.append(outcome)
        account.state.update(state)
        self._mark(account)

    def ask(self, account: Account, commands: list[Command], answered: Answered) -> None:
        """Ask something about the endpoint, after what was noted of it; `answered` must not wait."""
        account.questions.append((commands, answered))
        self._mark(account)

    def wake_reader(self) -> None:
        """Let the reader look at once which queues there are to read."""
        self._poked = True
        self._wake.set()

    def flush(self, account: Account, patience: float) -> bool:
        """Wait until everything noted of an endpoint is written; False when it is not in time."""
        with gevent.Timeout(patience) as late:
            try:
                while account.outcomes and not account.closed:
                    self._written.clear()
                    self._written.wait()
            except gevent.Timeout as timeout:
                if timeout is not late:
                    raise
                return False
        return True

    def close(self, account: Account) -> None:
        """Write nothing more about an endpoint."""
        account.closed = True
        account.outcomes.clear()
        account.questions.clear()
        account.state.clear()
        self._dirty.pop(account, None)
        self._written.set()

    @property
    def backlog(self) -> int:
        """Outcomes not yet written."""
        return sum(len(account.outcomes) for account in self._dirty)

    def _mark(self, account: Account) -> None:
        if not account.closed:
            self._dirty[account] = None
            self._wake.set()

    def _write_for_ever(self) -> None:
        while True:
            self._wake.wait()
            gevent.sleep(LINGER)
            self._wake.clear()
            while self._dirty or self._poked:
                if not self._write_some():
                    gevent.sleep(RETRY_DELAY)

    def _write_some(self) -> bool:
        """One write; False when some of it must be written again later."""
        accounts = list(self._dirty)[:PER_WRITE]
        commands: list[Command] = []
        parts: list[tuple[Account, list[Outcome], dict[str, str | float], list[tuple[list[Command], Answered]]]] = []
        for account in accounts:
            outcomes = [account.outcomes[index] for index in range(min(PER_ENDPOINT, len(account.outcomes)))]
            state, account.state = account.state, {}
            questions = list(account.questions)
            if outcomes or state:
                now_ms = round(time.time() * 1000)
                commands.append(account.queue.finish(self._owner, account.epoch, now_ms, outcomes, state))
            for asked, _ in questions:
                commands += asked
            parts.append((account, outcomes, state, questions))
        if self._poked:
            commands += self._wake_reader
        try:
            answers = iter(self._line.ask_each(commands))
        except redis.RedisError as error:
            if self.available:
                log.warning("redis is away, deliveries are written down later", error=str(error))
            self.available = False
            for account, _, state, _ in parts:
                account.state = {**state, **account.state}
            return False
        self.available = True
        self._poked = False
        fine = True
        for account, outcomes, state, questions in parts:
            fine = self._settle(account, outcomes, state, questions, answers) and fine
        self._written.set()
        return fine

    def _settle(
        self, account: Account, outcomes: list[Outcome], state: dict[str, str | float],
        questions: list[tuple[list[Command], Answered]], answers: Any,
    ) -> bool:  # fmt: skip
        """Take the answers about one endpoint; False when Redis refused some."""
        fenced = False
        refused: redis.ResponseError | None = None
        if outcomes or state:
            written = next(answers)
            if isinstance(written, redis.ResponseError):
                refused = written
                account.state = {**state, **account.state}
            elif written == FENCED:
                fenced = True
            elif not account.closed:
                for _ in outcomes:
                    account.outcomes.popleft()
                _tell(account, account.on_written, outcomes)
        for asked, answered in questions:
            got = [next(answers) for _ in asked]
            refused = next((one for one in got if isinstance(one, redis.ResponseError)), refused)
            if account.closed or refused is not None or fenced:
                continue
            account.questions.popleft()
            _tell(account, answered, got)
        if fenced and not account.closed:
            account.on_fenced()
            return True
        if refused is not None:
            log.error("redis refuses to write down deliveries", error=str(refused))
            return False
        if account.idle or account.closed:
            self._dirty.pop(account, None)
        return True


def _tell(account: Account, told: Callable[[list[Any]], None], answers: list[Any]) -> None:
    """Tell an endpoint's owner; a fault there is its own, and the other endpoints go on."""
    try:
        told(answers)
    except Exception:
        log.exception("what redis answered could not be used", queue=account.queue.streams[0])
        account.on_fault()
