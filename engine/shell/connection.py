"""One event-socket connection: greenswitch's inbound client with the engine's own reading, matching and sending.

Who knows greenswitch knows this class: `connect`, `send`, `stop` and `register_handle` are its own. What differs is
what was measured to fail there: bytes are decoded by `engine.esl` (JSON, bounded, never killed by a body), replies are
matched by slots that survive timeouts, every waiter is woken when the socket goes, writes are whole.
"""

import socket as plain_socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import gevent
import structlog
from gevent import socket
from gevent.event import AsyncResult
from greenswitch import InboundESL
from greenswitch.esl import NotConnectedError

from engine.core.errors import CommandTimeoutError, NotSentError, RefusedError, SwitchError
from engine.esl.command import Api, BackgroundApi, Command, Exit, Subscribe
from engine.esl.decoder import FramingError
from engine.esl.event import Event as EslEvent
from engine.esl.event import Headers
from engine.esl.link import Link, Reply, Settle

log = structlog.get_logger("connection")

READ_BYTES = 256 * 1024
CADENCE = 0.01
"""Seconds a busy stream is left to run on before it is read. FreeSWITCH tells what happened every 20 ms, each event in
two pieces, and answers each command by itself: read as it drips it is many small turns, read together it is one."""
REPLY_CADENCE = 0.04
"""The same where only replies come: nobody waits for those of a busy stream, but for the rare refusal."""
BUSY = 16.0
"""How many frames of the last tenth of a second make a stream busy; a quiet one is read at once."""
MEMORY = 0.1
LOGIN_TIMEOUT = 10.0
SEND_TIMEOUT = 10.0


class ReceivedEvent:
    """An event as greenswitch's handlers know it: `headers` by name, `data` the body."""

    __slots__ = ("data", "headers")

    def __init__(self, headers: Headers) -> None:
        self.headers = headers
        self.data = headers.get("_body")


class Connection(InboundESL):  # type: ignore[misc]
    """One authenticated connection. `on_events` gets every batch of events; `on_down` is called once at its end."""

    def __init__(
        self,
        host: str,
        port: int,
        password: str,
        *,
        timeout: float = 5.0,
        on_events: Callable[[list[EslEvent]], None] | None = None,
        on_down: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(host, port, password, timeout)
        self._on_events = on_events
        self._cadence = REPLY_CADENCE if on_events is None else CADENCE
        self._on_down = on_down
        self._login: AsyncResult[Reply | SwitchError] = AsyncResult()
        self._link = Link(password, self._login.set)
        self._writing = False
        self._asking = 0
        self._down = False
        self.sock: socket.socket | None = None

    @property
    def reason(self) -> str:
        """Why the connection ended."""
        return self._link.reason

    def connect(self) -> None:
        """Connect and log in. Raises NotConnectedError, or RefusedError for a wrong password."""
        try:
            self.sock = socket.create_connection((self.host, self.port), timeout=self.timeout)
        except OSError as error:
            raise NotConnectedError(f"{self.host}:{self.port}: {error}") from error
        self.sock.setsockopt(plain_socket.IPPROTO_TCP, plain_socket.TCP_NODELAY, 1)
        self.sock.setsockopt(plain_socket.SOL_SOCKET, plain_socket.SO_KEEPALIVE, 1)
        for option, seconds in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
            if hasattr(plain_socket, option):
                self.sock.setsockopt(plain_socket.IPPROTO_TCP, getattr(plain_socket, option), seconds)
        self.sock.settimeout(None)
        self.connected = True
        self._receive_events_greenlet = gevent.spawn(self.receive_events)
        gevent.wait([self._login, self._receive_events_greenlet], timeout=LOGIN_TIMEOUT, count=1)  # type: ignore[type-var]
        outcome = self._login.get() if self._login.ready() else None
        if isinstance(outcome, Reply) and outcome.ok:
            return
        self._close("no login prompt came in time" if self._link.phase == "connecting" else "the login failed")
        if isinstance(outcome, Reply):
            raise RefusedError(self._link.reason)
        raise NotConnectedError(self._link.reason)

    def receive_events(self) -> None:
        """Read until the end of the stream. The reader never waits for anything but bytes."""
        reason = "FreeSWITCH closed the connection"
        buffer = bytearray(READ_BYTES)
        whole = memoryview(buffer)
        read, crowd = 0.0, 0.0
        try:
            while self._run and self.sock is not None:
                size = self.sock.recv_into(buffer)
                if not size:
                    break
                now = time.monotonic()
                crowd *= max(0.0, 1.0 - (now - read) / MEMORY)
                if crowd >= BUSY and not self._asking:
                    gevent.sleep(self._cadence)
                    size += self._more(whole[size:])
                    now = time.monotonic()
                read = now
                known = self._link.received
                events = self._link.receive(whole[:size])
                crowd += self._link.received - known
                if self._link.phase == "authenticating":
                    self.flush()  # a few bytes; after the login those who send write, never the reader
                if events:
                    self._deliver(events)
        except FramingError as error:
            reason = f"its stream cannot be followed: {error}"
        except OSError as error:
            reason = str(error)
        except Exception as error:  # a connection that is up and not read would be worse than none
            log.exception("reading failed")
            reason = repr(error)
        self._close(reason)

    def _more(self, room: memoryview) -> int:
        """Read what has come meanwhile, without waiting for it."""
        connected: Any = self.sock
        connected.settimeout(0.0)
        try:
            return int(connected.recv_into(room))
        except BlockingIOError:
            return 0
        finally:
            connected.settimeout(None)

    def _deliver(self, events: list[EslEvent]) -> None:
        if self._on_events is not None:
            self._on_events(events)
        if self.event_handlers:
            for event in events:
                for handler in self._handlers_of(event):
                    self._safe_exec_handler(handler, ReceivedEvent(event.headers))

    def _handlers_of(self, event: EslEvent) -> list[Callable[[Any], None]]:
        name = event.get("Event-Name")
        if name == "CUSTOM":
            name = event.get("Event-Subclass")
        found: list[Callable[[Any], None]] = self.event_handlers.get(name) or self.event_handlers.get("*") or []
        return list(found)

    # Sending

    def submit(self, command: Command, settle: Settle | None = None) -> None:
        """Queue a command; `flush` writes what is queued. Raises UnsafeTextError for what cannot be sent."""
        self._link.send(command, settle)

    def flush(self) -> None:
        """Have everything queued leave, in one piece; never waits: what FreeSWITCH does not take yet follows later."""
        if self._writing or self.sock is None:
            return  # whoever writes now takes what was queued meanwhile
        wire = self._link.take_outgoing()
        if not wire:
            return
        try:
            sent = self._send_now(wire)
        except OSError as error:
            self._close(str(error))
            return
        if sent < len(wire):
            self._writing = True
            gevent.spawn(self._send_rest, wire[sent:])

    def _send_now(self, wire: bytes) -> int:
        """Write without waiting; how many bytes were taken."""
        connected: Any = self.sock
        connected.settimeout(0.0)
        try:
            return int(connected.send(wire))
        except BlockingIOError:
            return 0
        finally:
            connected.settimeout(None)

    def _send_rest(self, wire: bytes) -> None:
        """Write what did not go at once, and what is queued until all of it has gone."""
        try:
            while self.sock is not None and wire:
                self.sock.sendall(wire)
                wire = self._link.take_outgoing()
        except OSError as error:
            self._close(str(error))
        finally:
            self._writing = False

    def ask(self, command: Command, timeout: float = SEND_TIMEOUT) -> Reply:
        """Send a command and wait for its reply.

        Raises NotSentError, UnconfirmedError when the connection goes, CommandTimeoutError, UnsafeTextError.
        """
        if self._down:
            raise NotSentError(self._link.reason or "not connected")
        result: AsyncResult[Reply | SwitchError] = AsyncResult()
        slot = self._link.send(command, result.set)
        self.flush()
        self._asking += 1
        try:
            outcome = result.get(timeout=timeout)
        except gevent.Timeout:
            slot.abandon()
            raise CommandTimeoutError(f"no reply within {timeout:g} s") from None
        finally:
            self._asking -= 1
        if isinstance(outcome, SwitchError):
            raise outcome
        assert isinstance(outcome, Reply)
        return outcome

    def send(self, data: str) -> ReceivedEvent:
        """Greenswitch's way to send a line: `api ...`, `bgapi ...`, `event json ...`; the reply is in `data`."""
        word, _, rest = data.partition(" ")
        command: Command
        if word == "api":
            command = Api(rest)
        elif word == "bgapi":
            command = BackgroundApi(rest, str(uuid4()))
        elif word == "event" and rest.startswith("json "):
            command = Subscribe(tuple(rest[5:].split()))
        elif word == "exit":
            command = Exit()
        else:
            raise NotSentError(f"send {word!r} as a typed command")
        reply = self.ask(command)
        return ReceivedEvent({"Reply-Text": reply.text, "_body": reply.text})

    def stop(self) -> None:
        """Say goodbye and close."""
        if not self._down:
            try:
                self._link.send(Exit())
                self.flush()
            except SwitchError as error:
                log.debug("goodbye not sent", error=str(error))
        self._close("stopped")

    def abort(self, reason: str) -> None:
        """Close at once, because the connection is believed dead."""
        self._close(reason)

    def _close(self, reason: str) -> None:
        if self._down:
            return
        self._down = True
        self._run = False
        self.connected = False
        self._link.close(reason)
        if self.sock is not None:
            with suppress(OSError):  # the far side may have been faster
                self.sock.shutdown(plain_socket.SHUT_RDWR)
            self.sock.close()
        if self._on_down is not None:
            self._on_down(self._link.reason)
