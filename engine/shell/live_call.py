"""One live call in the world: its inbox, what its turns give, and the effects it performs."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import gevent
import structlog
from gevent.event import Event

from engine.call.journal import encode
from engine.call.machine import CallMachine
from engine.core.effects import (
    NO_ASK,
    CancelAsk,
    CloseCall,
    CollectSecret,
    Dial,
    DiscardRecording,
    Effect,
    HttpCall,
    Play,
    WriteLog,
)
from engine.core.errors import NotSentError, ProviderError, SwitchError, UnconfirmedError, UnsafeTextError
from engine.core.events import CallEvent
from engine.core.ids import AskId, CallId, LegId
from engine.core.prompts import Prompt
from engine.core.signals import Answered, HttpReply, LegFailed, Played, Refused, Signal, TimerFired
from engine.esl.command import Command
from engine.esl.link import Reply, Settle
from engine.esl.perform import Place, commands
from engine.shell.alarm import Alarm, Appointment
from engine.shell.store import Commit
from engine.shell.switch import Switch
from engine.shell.turns import Turns

MAX_TURN = 64
"""Signals handled before the effects of a turn are performed."""


class PromptSource(Protocol):
    """Where prompts become files."""

    def ready(self, prompt: Prompt) -> Prompt | None:
        """The prompt with every speech replaced by its file, when all are there already; else None."""

    def render(self, prompt: Prompt) -> Prompt:
        """The same, waiting for what must be rendered. Raises ProviderError."""


class HttpClient(Protocol):
    """Who sends a flow's requests."""

    def perform(self, call: HttpCall) -> HttpReply:
        """Send it and return the reply, or the error as a value."""


class World(Protocol):
    """What all calls of one engine share."""

    turns: Turns
    prompts: PromptSource
    http: HttpClient
    alarm: Alarm

    def adopt(self, leg: LegId, live: "LiveCall") -> None:
        """Have the signals of a leg brought to this call."""

    def finished(self, live: "LiveCall") -> None:
        """The call is closed."""

    def told(self, live: "LiveCall", events: list[CallEvent]) -> None:
        """Events of a call, handed in to be written."""


class LiveCall:
    """One call. Signals go in by `post`; everything else happens in its turns."""

    __slots__ = ("_again", "_alarm", "_asked", "_inbox", "_place", "_receipts", "_requests", "_running", "_world",
                 "journalled", "machine", "switch")  # fmt: skip

    def __init__(self, machine: CallMachine, switch: Switch, world: World, *, journalled: int = 0) -> None:
        self.machine = machine
        self.switch = switch
        self.journalled = journalled
        self._world = world
        self._inbox: list[Signal] = []
        self._again: list[Effect] = []
        self._alarm: Appointment | None = None
        self._requests: dict[AskId, gevent.Greenlet[[], None]] = {}
        self._place = Place(machine.call, switch.routes)
        self._receipts: list[tuple[Signal, Event]] | None = None
        self._running = False
        self._asked = False

    @property
    def call(self) -> CallId:
        """The call's id."""
        return self.machine.call

    @property
    def _log(self) -> Any:
        return structlog.get_logger("call", call=self.machine.call)

    def start(self) -> None:
        """Begin to take turns; a call that has begun goes on."""
        if not self._running:
            self._running = True
            self._ask()

    def post(self, signal: Signal) -> None:
        """Bring a signal; order is kept."""
        self._inbox.append(signal)
        if self._running and not self._asked:
            self._ask()

    def deliver(self, signal: Signal, patience: float) -> bool:
        """Bring a signal and wait until its turn is over; False when that takes too long.

        What it had the call do was written down by then, and left for the switch.
        """
        done = Event()
        self._receipts = [*(self._receipts or ()), (signal, done)]
        self.post(signal)
        return bool(done.wait(patience))

    def resume(self, signals: list[Signal], effects: list[Effect]) -> None:
        """Handle what was missed and perform again what never arrived, in one turn."""
        self._again += effects
        self._inbox += signals
        if self._running and not self._asked:
            self._ask()

    def stop(self) -> None:
        """Leave the call where it is, for another engine to take over."""
        self._running = False
        self._let_go()

    def _ask(self) -> None:
        self._asked = True
        self._world.turns.ask(self)

    def _let_go(self) -> None:
        """Nothing shall wake this call any more."""
        if self._alarm is not None:
            self._world.alarm.cancel(self._alarm)
            self._alarm = None
        for request in self._requests.values():
            request.kill(block=False)

    # Time

    def _rang(self) -> None:
        self._alarm = None
        if self._running and not self._asked:
            self._ask()

    def _wake_at(self, due: float) -> None:
        """Be woken then, or earlier; a call has one alarm at most."""
        if self._alarm is not None:
            if self._alarm.due <= due:
                return
            self._world.alarm.cancel(self._alarm)
        self._alarm = self._world.alarm.at(due, self._rang)

    # A turn

    def handle(self) -> tuple[Commit, list[Effect]] | None:
        """Handle what has come: what that gave to be written down, then performed."""
        self._asked = False
        machine = self.machine
        if not self._running:
            return None
        signals = self._inbox
        if len(signals) > MAX_TURN:
            signals, self._inbox = signals[:MAX_TURN], signals[MAX_TURN:]
            self._ask()
        else:
            self._inbox = []
        effects, self._again = self._again, []
        if effects:
            effects = [effect for effect in effects if getattr(effect, "ask", NO_ASK) in (NO_ASK, *machine.pending)]
        events: list[CallEvent] = []
        lines: list[bytes] = []
        for signal in signals:
            self._take(signal, lines, effects, events)
        timer = machine.next_timer()
        if timer is not None and timer[1] <= (now := time.time()):
            self._take(TimerFired(now, timer[0]), lines, effects, events)
            timer = machine.next_timer()
        if timer is not None:
            self._wake_at(timer[1])
        if not lines and not effects:
            return None
        commit = Commit(
            machine.call, self.switch.name, machine.bundle_id, self.journalled, lines, events,
            machine.phase == "closed", self.switch.epoch,
        )  # fmt: skip
        self.journalled += len(lines)
        if events:
            self._tell(events)
        return commit, effects

    def _take(self, signal: Signal, lines: list[bytes], effects: list[Effect], events: list[CallEvent]) -> None:
        try:
            line = encode(signal)
            outcome = self.machine.handle(signal)
        except Exception:  # noqa: BLE001 - it is as if it had not happened, here and for a successor
            self._log.exception("a signal could not be handled", signal=type(signal).__name__)
            return
        lines.append(line)
        effects += outcome.effects
        events += outcome.events

    def _tell(self, events: list[CallEvent]) -> None:
        try:
            self._world.told(self, events)
        except Exception:  # noqa: BLE001 - a fault of who watches is none of the call's
            self._log.exception("a watcher of events failed")

    def depart(self) -> None:
        """The turn is done: what it sent leaves, and a call that is over is let go."""
        self.switch.flush()
        if self._receipts is not None:
            self._confirm(self._receipts)
        if self._running and self.machine.phase == "closed":
            self._running = False
            self._let_go()
            self._world.finished(self)

    def _confirm(self, receipts: list[tuple[Signal, Event]]) -> None:
        """Tell those who wait for their signal that its turn is done."""
        waiting = []
        for signal, done in receipts:
            if any(signal is later for later in self._inbox):
                waiting.append((signal, done))
            else:
                done.set()
        self._receipts = waiting or None

    # Effects

    def perform(self, effects: list[Effect]) -> None:
        """Perform effects in order; those of the switch leave when it is flushed."""
        if not self._running:
            return  # it was stopped while its turn was written down: all this is the successor's
        batch: list[tuple[Command, Settle | None]] = []
        for effect in effects:
            match effect:
                case Play() | CollectSecret():
                    prompt = self._world.prompts.ready(effect.prompt)
                    if prompt is None:
                        self._later(effect.ask, partial(self._render, effect))
                    else:
                        self._add(_with(effect, prompt), batch)
                case HttpCall():
                    self._later(effect.ask, partial(self._request, effect))
                case CancelAsk(cancelled=number):
                    request = self._requests.pop(number, None)
                    if request is not None:
                        request.kill(block=False)
                case WriteLog(level=level, text=text):
                    getattr(self._log, level)(text)
                case DiscardRecording(path=path):
                    self._discard(Path(path))
                case CloseCall():
                    pass
                case Dial(leg=leg):
                    self._world.adopt(leg, self)
                    self._add(effect, batch)
                case _:
                    self._add(effect, batch)
        if batch:
            self.switch.submit(batch)

    def _discard(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._log.error("a recording nobody shall hear could not be deleted", path=str(path), error=str(error))

    def _add(self, effect: Effect, batch: list[tuple[Command, Settle | None]]) -> None:
        try:
            made = commands(effect, self._place)
        except UnsafeTextError as error:
            self._log.warning("not sent to the switch", effect=type(effect).__name__, error=str(error))
            self._refused(effect, str(error))
            return
        settle = self._settler(effect)
        for command in made:
            labelled = getattr(command, "label", "") or not hasattr(command, "label")
            batch.append((command, settle if labelled else None))

    def _settler(self, effect: Effect) -> Settle | None:
        ask = getattr(effect, "ask", None)
        if ask is None and not isinstance(effect, Dial):
            return None

        def settle(outcome: Reply | SwitchError) -> None:
            if isinstance(outcome, Reply):
                if not outcome.ok:
                    self._refused(effect, outcome.text)
            elif isinstance(outcome, NotSentError | UnconfirmedError):
                # The switch is away: once it is back, what it shows decides whether this is sent again.
                self._log.info("waits for the switch", effect=type(effect).__name__, error=str(outcome))
            else:
                self._refused(effect, str(outcome))

        return settle

    def _refused(self, effect: Effect, detail: str) -> None:
        if isinstance(effect, Dial):
            self.post(LegFailed(time.time(), effect.leg, "NORMAL_TEMPORARY_FAILURE"))
            return
        ask: AskId | None = getattr(effect, "ask", None)
        if ask is not None:
            self.post(Answered(time.time(), ask, Refused(detail)))

    def _later(self, ask: AskId, work: Callable[[], None]) -> None:
        self._requests[ask] = gevent.spawn(work)

    def _render(self, effect: Play | CollectSecret) -> None:
        try:
            prompt = self._world.prompts.render(effect.prompt)
        except ProviderError as error:
            self._log.warning("a prompt cannot be spoken", error=str(error))
            self.post(Answered(time.time(), effect.ask, Played("failed", f"tts.failed: {error}")))
            return
        finally:
            self._requests.pop(effect.ask, None)
        if effect.ask not in self.machine.pending:
            return
        batch: list[tuple[Command, Settle | None]] = []
        self._add(_with(effect, prompt), batch)
        self.switch.send(batch)

    def _request(self, effect: HttpCall) -> None:
        try:
            reply = self._world.http.perform(effect)
        finally:
            self._requests.pop(effect.ask, None)
        self.post(Answered(time.time(), effect.ask, reply))


def _with(effect: Play | CollectSecret, prompt: Prompt) -> Play | CollectSecret:
    if prompt is effect.prompt:
        return effect
    if isinstance(effect, Play):
        return Play(effect.leg, prompt, effect.interruptible, effect.ask)
    return CollectSecret(
        effect.leg, prompt, effect.max_digits, effect.first_ms, effect.interdigit_ms, effect.terminators, effect.ask
    )
