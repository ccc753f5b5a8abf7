"""One event-socket client: its commands, its subscription, and the queue of events it has not read yet."""

from __future__ import annotations

import hmac
import logging
import socket
import uuid as uuids
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event as Signal

from engine.sim.event import Event
from engine.sim.frames import (
    AUTH_REQUEST,
    ClientCommand,
    CommandReader,
    FrameError,
    api_response,
    command_reply,
    disconnect_notice,
    event_frame,
    log_frame,
)
from engine.sim.session import Message
from engine.sim.subscription import Subscription

if TYPE_CHECKING:
    from engine.sim.core import Core

log = logging.getLogger(__name__)
_LONGEST_QUEUE = 100_000
_LEVELS = {"console": 0, "alert": 1, "crit": 2, "err": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}
_NOT_FOUND = "-ERR command not found"


class Listener:
    """A connected client."""

    def __init__(self, core: Core, sock: socket.socket) -> None:
        self._core = core
        self._sock = sock
        self._reader = CommandReader()
        self._out: deque[bytes] = deque()
        self._ready = Signal()
        self._authorized = False
        self._closing = False
        self._log_level: int | None = None
        self._linger: float | None = None
        self.subscription = Subscription()
        self.listening = False

    def serve(self) -> None:
        """Read and answer commands until the client goes."""
        writer = gevent.spawn(self._write)
        self._queue(AUTH_REQUEST)
        try:
            while not self._closing:
                data = self._sock.recv(65536)
                if not data:
                    break
                for command in self._reader.feed(data):
                    self._obey(command)
                    if self._closing:
                        break
        except FrameError as error:
            log.warning("event socket client dropped: %s", error)
        except OSError:
            pass
        finally:
            self._core.listeners.pop(self, None)
            self._closing = True
            self._ready.set()
            writer.join(timeout=2)
            writer.kill()
            self._sock.close()

    def close(self) -> None:
        """Say goodbye and close."""
        if not self._closing:
            self._queue(disconnect_notice())
            self._closing = True
            self._ready.set()
            gevent.spawn_later(0.2, self._shut)

    def _shut(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("client was gone already")

    def send_event(self, event: Event) -> None:
        """Queue an event if the client wants it; a client that never reads is dropped like FreeSWITCH drops it."""
        if not self.listening or not self.subscription.wants(event):
            return
        if len(self._out) >= _LONGEST_QUEUE:
            log.error("event socket client dropped because of lost events")
            self._out.clear()
            self.close()
            return
        kind = self.subscription.kind
        self._queue(event_frame(kind, event.as_json() if kind == "json" else event.as_plain()))

    def send_log(self, level: int, text: str) -> None:
        """Queue a line of the log if the client asked for lines of this level."""
        if self._log_level is not None and level <= self._log_level:
            self._queue(log_frame(level, text))

    def _queue(self, data: bytes) -> None:
        self._out.append(data)
        self._ready.set()

    def _write(self) -> None:
        try:
            while True:
                self._ready.wait()
                self._ready.clear()
                while self._out:
                    chunk = bytearray()
                    while self._out and len(chunk) < 262_144:
                        chunk += self._out.popleft()
                    self._sock.sendall(chunk)
                if self._closing:
                    self._shut()
                    return
        except OSError:
            self._closing = True

    def _reply(self, text: str, **headers: str) -> None:
        self._queue(command_reply(text, **headers))

    def _obey(self, command: ClientCommand) -> None:
        verb = command.verb
        if verb == "exit":
            self._reply("+OK bye")
            self._queue(disconnect_notice())
            self._closing = True
            self._ready.set()
        elif not self._authorized:
            self._obey_stranger(command)
        elif verb in self._verbs:
            self._verbs[verb](self, command)
        elif verb.startswith("event"):
            self._event(command)
        else:
            self._reply(_NOT_FOUND)

    def _obey_stranger(self, command: ClientCommand) -> None:
        if command.verb == "auth":
            accepted = hmac.compare_digest(command.rest.encode(), self._core.settings.esl_password.encode())
        elif command.verb == "userauth":
            user, _, password = command.rest.partition(":")
            known = self._core.settings.users.get(user.partition("@")[0])
            accepted = known is not None and hmac.compare_digest(known.encode(), password.encode())
        else:
            self._reply(_NOT_FOUND)
            return
        if accepted:
            self._authorized = True
            self._core.listeners[self] = None
            self._reply("+OK accepted")
        else:
            self._reply("-ERR invalid")
            self._queue(disconnect_notice())
            self._closing = True
            self._ready.set()

    def _event(self, command: ClientCommand) -> None:
        words = command.rest.replace(",", " ").split()
        kind = words[0].lower() if words else ""
        if kind in ("plain", "json", "xml"):
            words = words[1:]
        else:
            kind = "plain"
        if kind == "xml":
            self._reply("-ERR xml is not offered by this simulation")
            return
        if not self.subscription.add(words):
            self._reply("-ERR no keywords supplied")
            return
        self.subscription.kind = kind
        self.listening = True
        self._reply(f"+OK event listener enabled {kind}")

    def _nixevent(self, command: ClientCommand) -> None:
        words = command.rest.split()
        if words:
            self.subscription.remove(words)
            self._reply("+OK events nixed")
        else:
            self._reply("-ERR no keywords supplied")

    def _noevents(self, _command: ClientCommand) -> None:
        if self.listening:
            self.listening = False
            self.subscription.clear()
            self._reply("+OK no longer listening for events")
        else:
            self._reply("-ERR not listening for events")

    def _filter(self, command: ClientCommand) -> None:
        words = command.rest.split(" ", 1)
        if not words[0]:
            self._reply("-ERR invalid syntax")
        elif words[0].lower() == "delete":
            header, _, value = (words[1] if len(words) > 1 else "").strip().partition(" ")
            if not header:
                self._reply("-ERR invalid syntax")
                return
            self.subscription.delete_filter(header, value)
            self._reply(f"+OK filter deleted. [{header}][{value}]")
        else:
            value = words[1].strip() if len(words) > 1 else ""
            if not value:
                self._reply("-ERR invalid syntax")
                return
            self.subscription.add_filter(words[0], value)
            self._reply(f"+OK filter added. [{words[0]}]=[{value}]")

    def _api(self, command: ClientCommand) -> None:
        self._queue(api_response(self._core.run_command(command.rest)))

    def _bgapi(self, command: ClientCommand) -> None:
        job = command.headers.get("job-uuid") or str(uuids.uuid4())
        text = command.rest
        self._reply(f"+OK Job-UUID: {job}", Job_UUID=job)

        def work() -> None:
            result = self._core.run_command(text)
            name, _, argument = text.partition(" ")
            event = self._core.events.new("BACKGROUND_JOB", body=result or "-ERR no reply\n")
            event.headers["Job-UUID"] = job
            event.headers["Job-Command"] = name
            if argument.strip():
                event.headers["Job-Command-Arg"] = argument.strip()
            self._core.publish(event)

        gevent.spawn(work)

    def _sendmsg(self, command: ClientCommand) -> None:
        uuid = command.rest
        session = self._core.sessions.get(uuid)
        if session is None or not session.channel.up:
            self._reply(f"-ERR invalid session id [{uuid}]")
        else:
            session.push_message(Message(command.headers, command.body))
            self._reply("+OK")

    def _sendevent(self, command: ClientCommand) -> None:
        name = command.rest or "CUSTOM"
        event = self._core.events.new(name, subclass=command.headers.get("event-subclass"), body=command.body or None)
        event.headers.update({key.title(): value for key, value in command.headers.items() if key != "content-length"})
        self._core.publish(event)
        self._reply(f"+OK {uuids.uuid4()}")

    def _log(self, command: ClientCommand) -> None:
        word = command.rest.lower() or "debug"
        level = _LEVELS.get(word, int(word) if word.isdigit() else -1)
        if level < 0:
            self._reply("-ERR invalid log level")
            return
        self._log_level = level
        name = next((name for name, number in _LEVELS.items() if number == level), word)
        self._reply(f"+OK log level {name.upper()} [{level}]")

    def _nolog(self, _command: ClientCommand) -> None:
        if self._log_level is None:
            self._reply("-ERR not loging")
        else:
            self._log_level = None
            self._reply("+OK no longer logging")

    def _needs_session(self, _command: ClientCommand) -> None:
        self._reply("-ERR not controlling a session")

    _verbs: dict[str, Callable[[Listener, ClientCommand], None]] = {
        "api": _api,
        "bgapi": _bgapi,
        "sendmsg": _sendmsg,
        "sendevent": _sendevent,
        "event": _event,
        "events": _event,
        "nixevent": _nixevent,
        "noevents": _noevents,
        "filter": _filter,
        "log": _log,
        "nolog": _nolog,
        "linger": _needs_session,
        "nolinger": _needs_session,
        "divert_events": _needs_session,
    }
