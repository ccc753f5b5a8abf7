"""One live call in the world: its greenlet, its inbox, its turn at the store, and the effects it performs."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import gevent
import structlog
from gevent.queue import SimpleQueue

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
from engine.shell.store import Commit, Store
from engine.shell.switch import Switch

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

    store: Store
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
    """One call. Signals go in by `post`; everything else happens in its own greenlet."""

    __slots__ = ("_again", "_alarm", "_greenlet", "_inbox", "_log", "_place", "_requests", "_world", "journalled",
                 "machine", "switch")  # fmt: skip

    def __init__(self, machine: CallMachine, switch: Switch, world: World, *, journalled: int = 0) -> None:
        self.machine = machine
        self.switch = switch
        self.journalled = journalled
        self._world = world
        self._inbox: SimpleQueue[Signal | None] = SimpleQueue()
        self._again: list[Effect] = []
        self._alarm: Appointment | None = None
        self._requests: dict[AskId, gevent.Greenlet[[], None]] = {}
        self._place = Place(machine.call, switch.routes)
        self._log = structlog.get_logger("call").bind(call=machine.call)
        self._greenlet: gevent.Greenlet[[], None] | None = None

    @property
    def call(self) -> CallId:
        """The call's id."""
        return self.machine.call

    def start(self) -> None:
        """Begin handling signals; a call that has begun goes on."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def post(self, signal: Signal) -> None:
        """Bring a signal; order is kept."""
        self._inbox.put(signal)

    def resume(self, signals: list[Signal], effects: list[Effect]) -> None:
        """Handle what was missed and perform again what never arrived, as one turn of the call's own greenlet."""
        self._again += effects
        for signal in signals:
            self._inbox.put(signal)

    def stop(self) -> None:
        """Leave the call where it is, for another engine to take over."""
        if self._greenlet is not None:
            self._greenlet.kill()
        self._let_go()

    # The greenlet

    def _run(self) -> None:
        while self.machine.phase != "closed":
            signals = self._next()
            try:
                self.turn(signals)
            except Exception:  # noqa: BLE001 - whatever it was, the caller needs the turns that follow
                self._log.exception("a turn failed")
        self._let_go()
        self._world.finished(self)

    def _let_go(self) -> None:
        """Nothing shall wake this call any more."""
        if self._alarm is not None:
            self._world.alarm.cancel(self._alarm)
            self._alarm = None
        for request in self._requests.values():
            request.kill(block=False)

    def _next(self) -> list[Signal]:
        inbox = self._inbox
        timer = self.machine.next_timer()
        if timer is not None:
            self._wake_at(timer[1])
        signals: list[Signal] = []
        while not signals:
            first = inbox.get()
            if first is not None:
                signals.append(first)
            while not inbox.empty() and len(signals) < MAX_TURN:
                more = inbox.get()
                if more is not None:
                    signals.append(more)
            signals += self._due()
        return signals

    def _rang(self) -> None:
        self._alarm = None
        self._inbox.put(None)

    def _wake_at(self, due: float) -> None:
        """Be woken then, or earlier; a call has one alarm at most."""
        if self._alarm is not None:
            if self._alarm.due <= due:
                return
            self._world.alarm.cancel(self._alarm)
        self._alarm = self._world.alarm.at(due, self._rang)

    def _due(self) -> list[Signal]:
        """The timer that is due, if one is, and an alarm for the next."""
        timer = self.machine.next_timer()
        if timer is None:
            return []
        now = time.time()
        if timer[1] <= now:
            return [TimerFired(now, timer[0])]
        self._wake_at(timer[1])
        return []

    def turn(self, signals: list[Signal]) -> None:
        """Handle signals, write down what they gave, then perform it."""
        effects, self._again = self._again, []
        events: list[CallEvent] = []
        lines: list[bytes] = []
        machine = self.machine
        if effects:
            effects = [effect for effect in effects if getattr(effect, "ask", NO_ASK) in (NO_ASK, *machine.pending)]
        for signal in signals:
            try:
                line = encode(signal)
                outcome = machine.handle(signal)
            except Exception:  # noqa: BLE001 - it is as if it had not happened, here and for a successor
                self._log.exception("a signal could not be handled", signal=type(signal).__name__)
                continue
            lines.append(line)
            effects += outcome.effects
            events += outcome.events
        commit = Commit(
            machine.call, self.switch.name, machine.bundle_id, self.journalled, lines, events,
            machine.phase == "closed", self.switch.epoch,
        )  # fmt: skip
        self.journalled += len(lines)
        self._world.store.commit(commit, wait=bool(effects) and machine.phase != "closed")
        if events:
            self._world.told(self, events)
        self.perform(effects)

    # Effects

    def perform(self, effects: list[Effect]) -> None:
        """Perform effects in order; those of the switch leave in one write."""
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
            self.switch.send(batch)

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
