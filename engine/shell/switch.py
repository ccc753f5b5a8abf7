"""One FreeSWITCH: two connections, kept up; what it says as signals; what calls want as commands.

One connection carries events and one commands, because a listener with a backlog of events reads no command
(mod_event_socket.c). Neither promises an order against the other: what belongs together is told by ids.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import uniform
from typing import Literal

import gevent
import structlog
from gevent.event import Event

from engine.core.errors import NotSentError, RefusedError, SwitchError, UnsafeTextError
from engine.core.ids import LegId
from engine.core.signals import Signal
from engine.esl import snapshot, translate
from engine.esl.command import Api, BackgroundApi, Command, Filter, Subscribe
from engine.esl.dialstring import Routes
from engine.esl.event import Event as EslEvent
from engine.esl.link import Reply, Settle
from engine.shell.connection import Connection

log = structlog.get_logger("switch")

FIRST_RETRY, LONGEST_RETRY = 0.2, 10.0
HEARTBEAT_PATIENCE = 65.0
"""Three heartbeats of FreeSWITCH's default 20 s and a little."""
COMMAND_TIMEOUT = 10.0
WATCH_EVERY = 5.0

State = Literal["down", "syncing", "up"]


@dataclass(frozen=True, slots=True)
class SwitchAddress:
    """Where a switch's event socket is, and the names of its ways out."""

    name: str
    host: str
    port: int
    password: str
    routes: Routes = field(default_factory=Routes)


class Switch:
    """One FreeSWITCH, kept connected until `stop`.

    `on_signal(key, signal)` gets every signal with the leg or call it is about; `on_up(switch, restarted)` runs after
    each (re)connection, before signals are delivered again, to bring calls in line with the switch.
    """

    def __init__(
        self,
        address: SwitchAddress,
        *,
        on_signal: Callable[["Switch", str, Signal], None],
        on_up: Callable[["Switch", bool], None],
        heartbeat_patience: float = HEARTBEAT_PATIENCE,
        first_retry: float = FIRST_RETRY,
    ) -> None:
        self.address = address
        self.name = address.name
        self.routes = address.routes
        self.state: State = "down"
        self.epoch = 0
        """The lease under which this engine commands the switch; 0 before there is one."""
        self.core_uuid = ""
        self.version = ""
        self.load: dict[str, str] = {}
        """The last heartbeat: Session-Count, Max-Sessions, Idle-CPU ..."""
        self.reconnections = 0
        self._on_signal = on_signal
        self._on_up = on_up
        self._heartbeat_patience = heartbeat_patience
        self._first_retry = first_retry
        self._events: Connection | None = None
        self._commands: Connection | None = None
        self._held: list[EslEvent] | None = None
        self._heard = 0.0
        self._lost = Event()
        self._ready = Event()
        self._keeper: gevent.Greenlet[[], None] | None = None
        self._stopping = False

    # Life

    def start(self) -> None:
        """Begin connecting, in the background; also again after `stop`."""
        self._stopping = False
        self._keeper = gevent.spawn(self._keep)

    def wait_up(self, timeout: float) -> bool:
        """Wait until the switch is connected and calls are in line with it."""
        return self._ready.wait(timeout)

    def stop(self) -> None:
        """Disconnect. Calls stay where they are on the switch."""
        self._stopping = True
        self._lost.set()
        if self._keeper is not None:
            self._keeper.kill()
        self._drop("stopped")

    def _keep(self) -> None:
        delay = self._first_retry
        while not self._stopping:
            try:
                self._connect()
            except (Exception, gevent.Timeout) as error:  # noqa: BLE001 - whatever it was, callers need their switch
                self._drop(str(error))
                log.warning("switch cannot be reached", switch=self.name, error=repr(error), retry_in=round(delay, 1))
                gevent.sleep(delay * uniform(0.8, 1.2))  # noqa: S311 - spreads the retries of many engines
                delay = min(delay * 2, LONGEST_RETRY)
                continue
            delay = self._first_retry
            self._watch()
            reason = self._events.reason if self._events else ""
            self._drop(reason)
            if not self._stopping:
                self.reconnections += 1
                log.warning("switch lost", switch=self.name, reason=reason)

    def _connect(self) -> None:
        address = self.address
        self._lost.clear()
        self._held = []
        self._events = Connection(
            address.host, address.port, address.password, on_events=self._received, on_down=self._went_down
        )
        self._events.connect()
        commands = Connection(address.host, address.port, address.password, on_down=self._went_down)
        commands.connect()
        self._commands = commands
        self.state = "syncing"
        # First the subscription, then the look around: what happens in between is held and told afterwards.
        self._subscribe(self._events)
        core = self._answer("global_getvar core_uuid")
        restarted = bool(self.core_uuid) and core != self.core_uuid
        self.core_uuid = core
        self.version = self._answer("version").split("~", 1)[0].strip()
        self._heard = time.monotonic()
        self._on_up(self, restarted)
        self.state = "up"
        held, self._held = self._held, None
        self._tell(held)
        self._ready.set()
        log.info("switch connected", switch=self.name, version=self.version, restarted=restarted)

    @staticmethod
    def _subscribe(connection: Connection) -> None:
        """Have the events told that the engine reads. Raises SwitchError when one part of that is refused."""
        refused: list[str] = []

        def settle(outcome: Reply | SwitchError) -> None:
            if not (isinstance(outcome, Reply) and outcome.ok):
                refused.append(outcome.text if isinstance(outcome, Reply) else str(outcome))

        for header, value in translate.FILTERS:
            connection.submit(Filter(header, value), settle)
        reply = connection.ask(Subscribe(translate.SUBSCRIPTION), COMMAND_TIMEOUT)
        if not reply.ok:
            refused.append(reply.text)
        if refused:
            raise SwitchError(f"the subscription was refused: {refused[0]}")

    def _watch(self) -> None:
        patience = self._heartbeat_patience
        while not self._lost.wait(min(WATCH_EVERY, patience / 4)):
            if time.monotonic() - self._heard > patience:
                log.warning("no heartbeat from the switch", switch=self.name)
                return

    def _went_down(self, _reason: str) -> None:
        self._lost.set()

    def _drop(self, reason: str) -> None:
        self.state = "down"
        self._ready.clear()
        for connection in (self._events, self._commands):
            if connection is not None:
                connection.abort(reason)
        self._events = self._commands = None

    # Events

    def _received(self, events: list[EslEvent]) -> None:
        if self._held is not None:
            self._held += events
        else:
            self._tell(events)

    def _tell(self, events: Iterable[EslEvent]) -> None:
        at = time.time()
        for event in events:
            try:
                if event.name == "HEARTBEAT":
                    self._heartbeat(event)
                    continue
                found = translate.signal(event, at)
                if found is not None:
                    self._on_signal(self, *found)
            except Exception:  # one event, or one call, must not deafen all the others
                log.exception("an event was not understood", switch=self.name, name=event.name)
        self._heard = time.monotonic()

    def _heartbeat(self, event: EslEvent) -> None:
        self.load = {name: event.get(name) for name in snapshot.LOAD_HEADERS}
        core = translate.core_uuid(event)
        if core and core != self.core_uuid and self._events is not None:
            self._events.abort("FreeSWITCH was restarted")

    # Commands

    def send(self, commands: Iterable[tuple[Command, Settle | None]]) -> None:
        """Write commands in one piece; each `settle` gets its outcome, also UnsafeTextError for one that cannot go."""
        self.submit(commands)
        self.flush()

    def submit(self, commands: Iterable[tuple[Command, Settle | None]]) -> None:
        """The same, but they leave with what else is submitted until `flush`."""
        connection = self._commands
        for command, settle in commands:
            if connection is None:
                if settle is not None:
                    settle(NotSentError("the switch is not connected"))
                continue
            try:
                connection.submit(command, settle)
            except UnsafeTextError as error:
                log.warning("not sent to the switch", command=type(command).__name__, error=str(error))
                if settle is not None:
                    settle(error)

    def flush(self) -> None:
        """Have all that was submitted leave; never waits."""
        if self._commands is not None:
            self._commands.flush()

    def api(self, line: str, timeout: float = COMMAND_TIMEOUT) -> Reply:
        """An API command and its answer. Raises SwitchError."""
        if self._commands is None:
            raise SwitchError("the switch is not connected")
        return self._commands.ask(Api(line), timeout)

    def background(self, line: str, job: str) -> Reply:
        """Start an API command in the background. Raises SwitchError."""
        if self._commands is None:
            raise SwitchError("the switch is not connected")
        return self._commands.ask(BackgroundApi(line, job), COMMAND_TIMEOUT)

    # What is on the switch now

    def channels(self) -> list[snapshot.ChannelRow]:
        """The channels the switch lists; some may be gone already."""
        return snapshot.parse_channels(self._answer(snapshot.LIST_CHANNELS))

    def look_at(self, leg: LegId) -> EslEvent | None:
        """Everything the switch knows of a leg, or None when it is gone. Raises SwitchError when it would not say."""
        reply = self.api(snapshot.dump_line(leg))
        if not reply.ok and snapshot.GONE not in reply.text:
            raise RefusedError(reply.text)
        return snapshot.parse_dump(reply.text)

    def _answer(self, line: str) -> str:
        reply = self.api(line)
        if not reply.ok:
            raise RefusedError(f"{line}: {reply.text}")
        return reply.text.strip()
