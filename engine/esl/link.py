"""One event-socket connection without its socket: what to write, and what each received frame means.

Theory of operation. FreeSWITCH answers commands in the order they came (mod_event_socket.c, one thread a client), so a
queue of slots is the whole of correlation. A slot outlives its waiter: a reply that comes after its timeout still takes
its own slot and not the next one's. When the connection goes, every slot left is settled with an error that says
whether its command was written. Events and jobs carry their own ids and need no slot.
Nothing is written before FreeSWITCH asks for the password, and the password goes first.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.core.errors import NotSentError, SwitchError, UnconfirmedError
from engine.esl.command import Auth, Command
from engine.esl.decoder import Decoder, Frame
from engine.esl.event import Event, parse_event


@dataclass(slots=True)
class Reply:
    """The answer to one command. `ok` is False for `-ERR` and `-USAGE`; `text` is the reply line or the api's body."""

    ok: bool
    text: str


Settle = Callable[["Reply | SwitchError"], None]


class Slot:
    """The place of one command in the order of replies. Settled once: with its reply, or with a SwitchError."""

    __slots__ = ("_settle", "sent")

    def __init__(self, settle: Settle | None) -> None:
        self._settle = settle
        self.sent = False

    def settle(self, outcome: Reply | SwitchError) -> None:
        """Hand the outcome to whoever still wants it."""
        settle, self._settle = self._settle, None
        if settle is not None:
            settle(outcome)

    def abandon(self) -> None:
        """Nobody waits any more; the slot keeps its place until its reply comes."""
        self._settle = None


Phase = Literal["connecting", "authenticating", "ready", "closed"]


class Link:
    """The protocol of one connection. `receive` gives the events; replies go to their slots.

    Raises UnsafeTextError for a password that cannot be sent.
    """

    def __init__(self, password: str, settle_login: Settle | None = None) -> None:
        self.phase: Phase = "connecting"
        self.reason = ""
        """Why the connection was closed, as far as FreeSWITCH said so."""
        self.received = 0
        """Frames received so far."""
        self._login = Auth(password).encode()
        self._settle_login = settle_login
        self._decoder = Decoder()
        self._slots: deque[Slot] = deque()
        self._outgoing = bytearray()

    def send(self, command: Command, settle: Settle | None = None) -> Slot:
        """Queue a command for writing. Raises UnsafeTextError when it cannot be sent as it is."""
        wire = command.encode()
        slot = Slot(settle)
        if self.phase == "closed":
            slot.settle(NotSentError(self.reason or "the connection is closed"))
            return slot
        self._outgoing += wire
        self._slots.append(slot)
        return slot

    def take_outgoing(self) -> bytes:
        """Everything to write now, in one piece; its commands count as sent."""
        if not self._outgoing or self.phase == "connecting":
            return b""
        wire = bytes(self._outgoing)
        self._outgoing.clear()
        for slot in reversed(self._slots):
            if slot.sent:
                break
            slot.sent = True
        return wire

    def receive(self, data: bytes | memoryview) -> list[Event]:
        """The events in `data`. Raises FramingError when the stream cannot be followed any further."""
        events: list[Event] = []
        frames = self._decoder.feed(data)
        self.received += len(frames)
        for frame in frames:
            if frame.content_type == "text/event-json":
                event = parse_event(frame.body)
                if event is not None:
                    events.append(event)
            else:
                self._handle(frame)
        return events

    def close(self, reason: str) -> None:
        """The socket is gone: every waiter is told whether its command had been written."""
        if self.phase == "closed":
            return
        self.phase = "closed"
        self.reason = self.reason or reason
        self._outgoing.clear()
        slots, self._slots = self._slots, deque()
        for slot in slots:
            if slot.sent:
                slot.settle(UnconfirmedError(self.reason))
            else:
                slot.settle(NotSentError(self.reason))

    def _handle(self, frame: Frame) -> None:
        kind = frame.content_type
        if kind == "command/reply":
            text = frame.headers.get("Reply-Text", "")
            self._settle_next(Reply(text.startswith("+OK"), text))
        elif kind == "api/response":
            text = frame.body.decode("utf-8", "replace")
            self._settle_next(Reply(not text.startswith(("-ERR", "-USAGE")), text.rstrip("\n")))
        elif kind == "auth/request":
            self._log_in()
        elif kind == "text/disconnect-notice":
            self.reason = self.reason or _first_line(frame.body) or "FreeSWITCH closed the connection"
        elif kind == "text/rude-rejection":
            self.reason = _first_line(frame.body) or "FreeSWITCH refused the connection (access list)"

    def _log_in(self) -> None:
        if self.phase != "connecting":
            return
        self.phase = "authenticating"
        self._outgoing[:0] = self._login
        self._slots.appendleft(Slot(self._logged_in))

    def _logged_in(self, outcome: Reply | SwitchError) -> None:
        if isinstance(outcome, Reply) and outcome.ok:
            self.phase = "ready"
        elif isinstance(outcome, Reply):
            self.reason = f"FreeSWITCH refused the password ({outcome.text})"
        if self._settle_login is not None:
            self._settle_login(outcome)

    def _settle_next(self, reply: Reply) -> None:
        if self._slots:
            self._slots.popleft().settle(reply)


def _first_line(body: bytes) -> str:
    return body.decode("utf-8", "replace").strip().split("\n", 1)[0]
