"""One call: signals in, effects and CallEvents out.

Theory of operation. A call we place is `dialling` until its phone is picked up; a caller who arrives is served at once.
In `flow` a flow runs as a generator that waits for one thing at a time. When it is done the call is `leaving`: its
caller was told to hang up and the switch has the last word.
Once the caller's leg is gone the call is `wrapping`: other legs are ended, the flow's hang-up block runs, open
recordings close. Then it is `closed`: `call.ended` was told, and nothing can be added to it any more.

The machine knows what happened only by signals and knows the time only by their `at`. Handling the same signals again
gives the same effects, events and numbers: that is how another process takes a call over. It holds no behaviour of its
own beyond order and cancellation; what callers experience is in `engine/flow/kinds`.
"""

from collections.abc import Mapping
from math import inf
from typing import Literal, assert_never

from engine.call.clearing import cleared
from engine.call.course import FAULT, Course, Over
from engine.call.desk import Desk
from engine.call.ending import Ending
from engine.call.leg import Leg
from engine.call.lines import Lines
from engine.call.opening import open_call, place_call
from engine.call.outcome import Outcome
from engine.call.timers import FILES, LEAVE, LIMIT, STEP, UNBRIDGE, WRAP, Timers
from engine.core.effects import Ask, CloseCall, CollectSecret, ForgetSecret, HangUp, HttpCall
from engine.core.ids import AskId, CallId, LegId
from engine.core.signals import (
    Answer,
    Answered,
    DialRequested,
    DigitPressed,
    FlowRequested,
    HangupRequested,
    Json,
    LegAnswered,
    LegArrived,
    LegBridged,
    LegEnded,
    LegFailed,
    LegHeld,
    LegRang,
    LegUnbridged,
    Refused,
    Resumed,
    Signal,
    SwitchRestarted,
    TimerFired,
)
from engine.flow.bundle import Bundle
from engine.flow.facts import FlowResult
from engine.flow.runner import Runner

Phase = Literal["new", "dialling", "flow", "leaving", "wrapping", "closed"]

RING_GUARD = 5.0
"""Seconds after the ring time when a call nobody says has failed is given up."""
LEAVE_PATIENCE = 10.0
"""Seconds between asking the switch to end a leg and asking again."""
LEAVE_TRIES = 3
WRAP_LIMIT = 30.0
"""Seconds a hang-up block may take (reference: ivr-flows §4.2)."""
FILES_PATIENCE = 3.0
"""Seconds after its caller has gone in which a recording must be closed."""


class CallMachine:
    """One call. Feed `handle` every signal of the call in order; perform what it returns."""

    __slots__ = ("_course", "_desk", "_ending", "_late", "_leave_tries", "_lines", "_longest", "_runner",
                 "_switches", "_timers", "arrival", "bundle", "phase")  # fmt: skip

    def __init__(self, call: CallId, bundle: Bundle, switches: Mapping[str, str] | None = None) -> None:
        self._desk = Desk(call, bundle.project.tenant)
        self.bundle = bundle
        self._switches = switches or {}
        self._runner: Runner | None = None
        self._course = Course(self._desk)
        self._timers = Timers()
        self._lines = Lines(self._desk)
        self._ending = Ending()
        self._leave_tries = 0
        self._late = False
        self._longest = inf
        self.phase: Phase = "new"
        self.arrival: LegArrived | None = None

    # What the shell may look at

    @property
    def call(self) -> CallId:
        """The call's id."""
        return self._desk.call

    @property
    def tenant(self) -> str:
        """Whose call it is, from its first signal on."""
        return self._desk.tenant

    @property
    def bundle_id(self) -> str:
        """The version of the flows this call keeps until its end."""
        return self.bundle.id

    @property
    def runner(self) -> Runner | None:
        """The running flow, for those who show where a call is."""
        return self._runner

    @property
    def legs(self) -> Mapping[LegId, Leg]:
        """All legs this call ever had."""
        return self._desk.legs

    @property
    def pending(self) -> Mapping[AskId, Ask]:
        """Asks begun and not yet answered."""
        return self._desk.pending

    @property
    def cause(self) -> str:
        """The cause the call ends with, once it is known."""
        return self._ending.cause

    @property
    def awaited(self) -> frozenset[AskId]:
        """The asks the running step waits for just now; the others it began go on beside it."""
        return self._course.awaited

    def next_timer(self) -> tuple[int, float] | None:
        """The timer due first and when; it is to be signalled by `TimerFired`."""
        return self._timers.first()

    # The one way in

    def handle(self, signal: Signal) -> Outcome:
        """Everything that follows from one signal. After the call is closed, nothing does."""
        desk = self._desk
        desk.outcome = outcome = Outcome()
        if self.phase == "closed":
            return outcome
        desk.at = max(desk.at, signal.at)
        self._apply(signal)
        if self.phase == "wrapping":
            self._close_when_done()
        return outcome

    def _apply(self, signal: Signal) -> None:
        match signal:
            case LegArrived():
                self._arrived(signal)
            case DialRequested():
                self._ordered(signal)
            case DigitPressed(leg=leg, digit=digit):
                self._digit(leg, digit)
            case Answered(ask=ask, answer=answer):
                self._answered(ask, answer)
            case TimerFired(timer=timer):
                self._timer(timer)
            case LegRang(leg=leg):
                if self._lines.rang(leg) and self.phase not in ("dialling", "flow"):
                    self._desk.do(HangUp(leg, "ORIGINATOR_CANCEL"))  # it was told to before it was there
                self._look()
            case LegAnswered(leg=leg):
                self._leg_answered(leg)
            case LegBridged(leg=leg, other=other):
                self._lines.bridged(leg, other)
                self._look()
            case LegUnbridged(leg=leg):
                self._lines.unbridged(leg)
                if self._lines.return_due is None:
                    self._timers.pop(UNBRIDGE, None)
                self._look()
            case LegHeld(leg=leg, held=held):
                self._lines.held(leg, held)
            case LegFailed(leg=leg, cause=cause):
                self._leg_ended(leg, cause, by_them=False)
            case LegEnded(leg=leg, cause=cause, by_them=by_them):
                self._leg_ended(leg, cause, by_them=by_them)
            case HangupRequested(cause=cause, reason=reason):
                self._ending.because(reason)
                self._leave(cause)
            case FlowRequested(flow=flow, inputs=inputs):
                self._sent(flow, inputs)
            case SwitchRestarted():
                self._ending.because("the switch was restarted")
                self._all_gone()
            case Resumed():
                if self.phase in ("dialling", "flow", "leaving"):
                    self._desk.tell("call.recovered", {})
                if self._course.script is not None:
                    self._timers[STEP] = self._course.script.listen_anew()
            case _:
                assert_never(signal)

    def _all_gone(self) -> None:
        """Every leg of the switch, and everything it was asked to do, is gone at once."""
        for leg in self._desk.legs.values():
            if leg.id != self._desk.caller and leg.move("ended"):
                leg.cause = "CRASH"
        self._leg_ended(self._desk.caller, "CRASH", by_them=False)
        for number, ask in list(self._desk.pending.items()):
            if not isinstance(ask, HttpCall):
                self._answered(number, Refused("the switch was restarted"))

    # The caller and the flow

    def _arrived(self, signal: LegArrived) -> None:
        desk = self._desk
        if self.phase != "new" or signal.leg != desk.caller:
            return
        self.arrival = signal
        self._ending.started = signal.at
        self._runner = open_call(desk, self.bundle, signal, self._switches)
        self._serve(self._runner)

    def _ordered(self, signal: DialRequested) -> None:
        if self.phase != "new" or signal.leg != self._desk.caller:
            return
        self.phase = "dialling"
        self._ending.started, self._ending.them = signal.at, "callee"
        self._longest = signal.max_duration
        self._runner = place_call(self._desk, self.bundle, signal, self._switches)
        self._timers[LIMIT] = signal.at + signal.ring_time + RING_GUARD

    def _serve(self, runner: Runner) -> None:
        """The caller is there: begin the flow."""
        self.phase = "flow"
        self._longest += self._desk.at
        self._timers[LIMIT] = min(self._desk.at + runner.time_limit, self._longest)
        self._after(self._course.begin(runner.run()))

    def _sent(self, flow: str, inputs: Mapping[str, Json]) -> None:
        """Leave what the call is doing and go on with another flow; a call not yet answered will begin with it."""
        runner = self._runner
        if runner is None or self.phase not in ("dialling", "flow"):
            return
        runner.aim(flow, inputs)
        if self.phase == "flow":
            self._course.stop()
            self._late = False
            self._timers[LIMIT] = min(self._desk.at + runner.time_limit, self._longest)
            self._after(self._course.begin(cleared(self._desk, self._lines, runner.run())))

    def _after(self, over: Over | None) -> None:
        """The running script has moved: know when its wait is over, or what its end means."""
        script = self._course.script
        if script is not None:
            self._timers[STEP] = script.due
            return
        self._timers.pop(STEP, None)
        if over is None or self.phase != "flow":
            return
        if over.fault:
            self._ending.because(FAULT)
            self._leave("NORMAL_TEMPORARY_FAILURE")
            return
        result = over.result if isinstance(over.result, FlowResult) else FlowResult("finished")
        self._leave(result.cause, result.sip)

    def _look(self) -> None:
        """Wake the running step if what it waits for is here."""
        script = self._course.script
        if script is not None and (happened := script.match()) is not None:
            self._after(self._course.go_on(happened))

    def _timer(self, timer: int) -> None:
        if not self._timers.fired(timer, self._desk.at):
            return
        if timer == STEP:
            self._after(self._course.timed_out())
        elif timer == LIMIT and self.phase == "flow":
            self._over_time()
        elif timer == LIMIT and self.phase == "dialling":
            self._leave("NO_ANSWER")
        elif timer == LEAVE and self.phase == "leaving":
            self._leave_again()
        elif timer == WRAP and self.phase == "wrapping":
            self._course.stop()
            self._close()
        elif timer == FILES:
            self._desk.lose_recordings()
        elif timer == UNBRIDGE:
            self._lines.returned()
            self._look()

    def _over_time(self) -> None:
        self._course.stop()
        self._ending.because("limit.duration")
        steps = self._runner.timeout_steps() if self._runner and not self._late else None
        self._late = True
        if steps is None:  # there is no such block, or its own time is over too
            self._leave("ALLOTTED_TIMEOUT")
            return
        self._timers[LIMIT] = self._desk.at + WRAP_LIMIT
        self._after(self._course.begin(cleared(self._desk, self._lines, steps)))

    # Leaving

    def _leave(self, cause: str, sip: int = 0) -> None:
        """The flow is over, or not wanted any more: have the switch end the caller's leg."""
        if self.phase not in ("dialling", "flow"):
            return
        if self.phase == "dialling" and cause == "NORMAL_CLEARING":
            cause = "ORIGINATOR_CANCEL"
        self._course.stop()
        self._timers.pop(STEP, None)
        self._lines.end_others()
        self.phase = "leaving"
        self._ending.cause = cause
        self._timers.pop(LIMIT, None)
        self._leave_tries = 0
        self._leave_again(sip)

    def _leave_again(self, sip: int = 0) -> None:
        if self._leave_tries >= LEAVE_TRIES:
            self._ending.because("the switch did not confirm the end")
            self._leg_ended(self._desk.caller, self._ending.cause, by_them=False)
            return
        self._leave_tries += 1
        self._desk.do(HangUp(self._desk.caller, self._ending.cause, sip))
        self._timers[LEAVE] = self._desk.at + LEAVE_PATIENCE

    def _caller_gone(self, cause: str, by_them: bool) -> None:
        self._ending.gone(cause, by_them, in_vain=self.phase == "dialling")
        interrupted = self._course.stop()
        self._lines.end_others()
        self._timers.clear()
        if self._desk.recordings.open:
            self._timers[FILES] = self._desk.at + FILES_PATIENCE
        self._timers[WRAP] = self._desk.at + WRAP_LIMIT
        self.phase = "wrapping"
        if self._runner is None:
            return
        if interrupted:
            flow = self._runner.position.flow if self._runner.position else ""
            self._desk.tell("flow.finished", {"flow": flow, "result": "caller_hangup"})
        steps = self._runner.hangup_steps()
        if steps is not None:
            self._after(self._course.begin(steps))

    def _close_when_done(self) -> None:
        desk = self._desk
        if self._course.script is not None or desk.recordings.open or any(leg.live for leg in desk.legs.values()):
            return
        self._close()

    def _close(self) -> None:
        desk = self._desk
        self.phase = "closed"
        self._timers.clear()
        desk.lose_recordings()
        caller = desk.legs.get(desk.caller)
        answered = caller.answered_at if caller else 0.0
        desk.tell("call.ended", self._ending.fields(desk.at, answered, self._runner.tags if self._runner else {}))
        desk.do(CloseCall())

    # Legs, keys and answers

    def _leg_answered(self, leg_id: LegId) -> None:
        leg = self._lines.answered(leg_id)
        if leg is None:
            return
        if leg_id == self._desk.caller and self._runner is not None:
            self._runner.answered = True
            if self.phase == "dialling":
                self._serve(self._runner)
        if self.phase != "flow" and leg.dialled:
            self._desk.do(HangUp(leg_id))
        self._look()

    def _leg_ended(self, leg_id: LegId, cause: str, *, by_them: bool) -> None:
        if self._lines.ended(leg_id, cause):
            self._caller_gone(cause, by_them)
            return
        if self._lines.return_due is not None:
            self._timers[UNBRIDGE] = self._lines.return_due
        self._look()

    def _digit(self, leg_id: LegId, digit: str) -> None:
        leg = self._desk.legs.get(leg_id)
        if leg is None or not leg.live:
            return
        self._desk.tell("call.dtmf", {"leg": leg_id, "digit": digit})
        self._desk.waiting.press(leg_id, digit)
        self._look()

    def _answered(self, number: AskId, answer: Answer) -> None:
        ask = self._desk.pending.pop(number, None)
        if ask is None:
            return
        if isinstance(ask, CollectSecret):
            self._desk.do(ForgetSecret(ask.leg, number))
        self._desk.closed(number, answer)
        if self._course.script is None:
            return
        self._desk.waiting.answer(number, answer)
        self._look()
