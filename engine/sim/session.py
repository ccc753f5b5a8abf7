"""A session: the greenlet that walks a channel through its states and runs its applications."""

from __future__ import annotations

import logging
import uuid as uuids
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import gevent
from gevent.event import Event as Signal

from engine.sim.causes import cause_of
from engine.sim.cdr import add_call_record
from engine.sim.channel import Channel
from engine.sim.event import Value
from engine.sim.expansion import expand
from engine.sim.registry import APPLICATIONS
from engine.sim.states import CallState, State

if TYPE_CHECKING:
    from engine.sim.bridge import Bridge
    from engine.sim.core import Core
    from engine.sim.media import MediaLeg
    from engine.sim.recording import Recording

log = logging.getLogger(__name__)


class Endpoint(Protocol):
    """What carries the call: SIP. Every method may be called in any state and does nothing when it is too late."""

    media: MediaLeg | None

    def dial(self) -> None:
        """Place the call."""

    def ring(self) -> None:
        """Say that it rings."""

    def pre_answer(self) -> bool:
        """Open audio before the answer; False when that is not possible."""

    def answer(self) -> bool:
        """Answer; False when that is not possible."""

    def hang_up(self, cause: str) -> None:
        """End the call on the wire."""

    def hold(self, on: bool) -> None:
        """Put the other side on hold or take it from hold."""

    def refer(self, target: str) -> bool:
        """Ask the other side to call somebody else; True when it did."""

    def redirect(self, targets: str) -> None:
        """Refuse the unanswered call and name another address."""

    def respond(self, code: int, phrase: str) -> None:
        """Refuse the unanswered call with this status."""


@dataclass(frozen=True, slots=True)
class Message:
    """One `sendmsg`: its headers by lower-case name, and its body."""

    headers: dict[str, str]
    body: str = ""

    def get(self, name: str) -> str | None:
        """A header, whatever its case."""
        return self.headers.get(name.lower())


class Session:
    """One call leg at work."""

    def __init__(self, core: Core, channel: Channel) -> None:
        self.core = core
        self.channel = channel
        self.endpoint: Endpoint | None = None
        self.messages: deque[Message] = deque()
        self.digits: deque[tuple[str, int, str]] = deque()
        self.extension: list[tuple[str, str]] = []
        self.recordings: dict[str, Recording] = {}
        self.on_soft_execute: Callable[[], None] | None = None
        self.on_exchange_media: Callable[[], None] | None = None
        self.broken = False
        self.parked = False
        self.dialled = False
        self.bridge: Bridge | None = None
        self.on_routed: Callable[[], None] | None = None
        self.stop_broadcast = False
        self.last_application: tuple[str, str] | None = None
        self.shown_application: tuple[str, str] = ("", "")
        self.finished = Signal()
        self.changed = Signal()
        self._depth = 0
        self._locks = 0
        self._wake = Signal()
        channel.on_change = self.poke

    @property
    def uuid(self) -> str:
        """The channel's id."""
        return self.channel.uuid

    @property
    def media(self) -> MediaLeg | None:
        """The leg's audio, once there is any."""
        return self.endpoint.media if self.endpoint is not None else None

    @property
    def partner(self) -> Session | None:
        """The leg this one talks to."""
        return self.bridge.other(self) if self.bridge is not None else None

    @property
    def in_message(self) -> bool:
        """Whether an application sent by `sendmsg` or a broadcast is running."""
        return self._depth > 0

    # Being told things, by anyone

    def poke(self) -> None:
        """Look again at what has changed."""
        self._wake.set()
        self.changed.set()

    def push_message(self, message: Message) -> None:
        """Queue what a client sent."""
        self.messages.append(message)
        if self.core.settings.message_delay > 0:
            gevent.spawn_later(self.core.settings.message_delay, self.poke)
        else:
            self.poke()

    def push_digit(self, digit: str, duration: int, source: str = "RTP") -> None:
        """Queue a digit; its event comes when an application takes it."""
        self.digits.append((digit, duration, source))
        self.poke()

    def break_playing(self, *, flush: bool = False) -> None:
        """Stop what is running, and with `flush` forget what is queued."""
        if flush:
            self.messages.clear()
        if self.in_message:
            self.stop_broadcast = True
        self.broken = True
        self.poke()

    # Waiting, for applications

    def wait(self, seconds: float | None = None) -> bool:
        """Sleep until something happens or the time is over; False when the time was over."""
        woken = self._wake.wait(seconds)
        self._wake.clear()
        return bool(woken)

    def take_digit(self) -> str | None:
        """The next digit, with its event; None when there is none."""
        if not self.digits:
            return None
        digit, duration, source = self.digits.popleft()
        if not self.channel.is_true("sensitive_dtmf"):
            after: dict[str, Value] = {"DTMF-Digit": digit, "DTMF-Duration": str(duration), "DTMF-Source": source}
            self.channel.fire("DTMF", after)
        return digit

    def run_messages(self) -> None:
        """Run what was sent meanwhile, nested in what runs now, unless a lock forbids it."""
        while self.messages and not self._locks and self.channel.up and not self._moved():
            self._run_message(self.messages.popleft())

    def _moved(self) -> bool:
        return self.channel.state != self.channel.running_state

    def _run_message(self, message: Message) -> None:
        locked = (message.get("event-lock") or "").lower() in ("true", "yes", "on", "1")
        self._locks += locked
        try:
            kind = (message.get("call-command") or "").lower()
            if kind == "execute":
                self._run_execute(message)
            elif kind == "hangup":
                self.channel.hang_up(cause_of(message.get("hangup-cause") or ""))
        finally:
            self._locks -= locked

    def _run_execute(self, message: Message) -> None:
        name = message.get("execute-app-name")
        if not name:
            return
        argument = message.get("execute-app-arg") or ""
        if not argument and (message.get("content-type") or "").lower() == "text/plain":
            argument = message.body
        loops_text = message.get("loops") or "1"
        loops = int(loops_text) if loops_text.lstrip("-").isdigit() else 1
        self.stop_broadcast = False
        self._depth += 1
        try:
            count = 0
            while loops < 0 or count < loops:
                count += 1
                self.channel.set("app_uuid", message.get("event-uuid"))
                self.channel.set("app_uuid_name", message.get("event-uuid-name"))
                self.channel.set("current_loop", str(count))
                self.channel.set("total_loops", str(loops))
                started = self.core.now()
                if not self.execute(name, argument):
                    break
                # A pass shorter than half a second ends the loop (switch_ivr.c), or a broken file would spin.
                if not self.channel.ready or self.stop_broadcast or self.core.now() - started < 0.5:
                    break
        finally:
            self._depth -= 1
            self.channel.set("current_loop", None)
            self.channel.set("total_loops", None)
            if self.stop_broadcast:
                self.broken = True

    # Running

    def execute(self, name: str, argument: str) -> bool:
        """Run one application to its end; an unknown one ends the call. False when it did not run."""
        channel = self.channel
        application = APPLICATIONS.get(name)
        if application is None:
            channel.hang_up("DESTINATION_OUT_OF_ORDER")
            return False
        if not channel.up:
            return False
        label = channel.get("app_uuid") or str(uuids.uuid4())
        label_name = channel.get("app_uuid_name")
        channel.set("app_uuid", None)
        channel.set("app_uuid_name", None)
        if argument and not channel.is_true("app_disable_expand_variables"):
            argument = expand(argument, self.variable)
        self.last_application = self.shown_application = (name, argument)
        channel.set("current_application", name)
        channel.set("current_application_data", argument)
        channel.set("current_application_response", None)
        labels: dict[str, Value] = {"Application-UUID": label}
        if label_name:
            labels["Application-UUID-Name"] = label_name
        shown: dict[str, Value] = {"Application": name}
        if argument:
            shown["Application-Data"] = argument
        channel.fire("CHANNEL_EXECUTE", shown | labels)
        self.broken = False
        self.core.activity(self)
        application(self, argument)
        response = channel.get("current_application_response") or "_none_"
        channel.fire("CHANNEL_EXECUTE_COMPLETE", shown | {"Application-Response": response} | labels)
        return True

    def run_on_answer(self) -> None:
        """Run what the variable `execute_on_answer` names, with its argument (switch_channel.c)."""
        name, _, argument = (self.channel.get("execute_on_answer") or "").partition(" ")
        if name:
            self.execute(name, argument)

    def variable(self, name: str) -> str | None:
        """A channel variable, else a global one."""
        return self.channel.get(name)

    def respond(self, text: str) -> None:
        """Set what the running application's completion will say."""
        self.channel.set("current_application_response", text)

    def start(self) -> None:
        """Let the session live."""
        gevent.spawn(self._run)

    def _run(self) -> None:
        channel = self.channel
        try:
            while channel.running_state != State.DESTROY:
                if channel.state != channel.running_state:
                    state = channel.state
                    channel.enter(state)
                    self.changed.set()
                    self._handlers[state](self)
                else:
                    self.wait()
        except Exception:
            log.exception("session %s failed; its call is ended", self.uuid)
            channel.hang_up("DESTINATION_OUT_OF_ORDER")
            if self.endpoint is not None:
                self.endpoint.hang_up("DESTINATION_OUT_OF_ORDER")
        finally:
            self.core.forget(self)
            self.finished.set()
            self.changed.set()

    def _nothing(self) -> None:
        pass

    def _init(self) -> None:
        self.channel.set_state(State.ROUTING)
        self.channel.fire("CHANNEL_CREATE")
        if self.channel.direction == "outbound":
            self.channel.fire("CHANNEL_ORIGINATE")

    def _routing(self) -> None:
        if self.channel.direction == "outbound" and not self.dialled:
            self.dialled = True
            self.channel.set_state(State.CONSUME_MEDIA)
            if self.endpoint is not None:
                self.endpoint.dial()
            return
        if not self.extension:
            self.extension = self.core.dialplan(self)
        routed, self.on_routed = self.on_routed, None
        if routed is not None:
            routed()
        self.channel.set_state(State.EXECUTE)

    def _execute(self) -> None:
        while self.extension and self.channel.ready:
            name, argument = self.extension.pop(0)
            self.execute(name, argument)
        if self.channel.ready:
            self.channel.hang_up("NORMAL_CLEARING")

    def _soft_execute(self) -> None:
        handler, self.on_soft_execute = self.on_soft_execute, None
        if handler is not None:
            handler()

    def _exchange_media(self) -> None:
        handler, self.on_exchange_media = self.on_exchange_media, None
        if handler is not None:
            handler()
        else:
            self.channel.hang_up("DESTINATION_OUT_OF_ORDER")

    def _park(self) -> None:
        APPLICATIONS["park"](self, "")

    def _hibernate(self) -> None:
        self.channel.set_state(State.RESET)

    def _reset(self) -> None:
        self.channel.set_state(State.SOFT_EXECUTE)

    def _hangup(self) -> None:
        cause = self.channel.hangup_cause or "NORMAL_CLEARING"
        if self.channel.profile is not None:
            self.channel.profile.mark("Channel-Hangup")
        for recording in list(self.recordings.values()):
            recording.stop()
        if self.endpoint is not None:
            self.endpoint.hang_up(cause)
        self.channel.set_call_state(CallState.HANGUP)
        self.channel.set_state(State.REPORTING)

    def _reporting(self) -> None:
        add_call_record(self.channel, self.media, self.last_application)
        self.channel.fire("CHANNEL_HANGUP_COMPLETE")
        if self.media is not None:
            self.media.close()
        self.core.schedule.cancel_group(self.uuid)
        self.channel.state = State.DESTROY
        self.channel.set("call_uuid", self.uuid)
        self.channel.fire("CHANNEL_DESTROY")

    _handlers: dict[State, Callable[[Session], None]] = {
        State.NEW: _nothing,
        State.INIT: _init,
        State.ROUTING: _routing,
        State.EXECUTE: _execute,
        State.SOFT_EXECUTE: _soft_execute,
        State.EXCHANGE_MEDIA: _exchange_media,
        State.PARK: _park,
        State.CONSUME_MEDIA: _nothing,
        State.HIBERNATE: _hibernate,
        State.RESET: _reset,
        State.HANGUP: _hangup,
        State.REPORTING: _reporting,
        State.DESTROY: _nothing,
        State.NONE: _nothing,
    }
