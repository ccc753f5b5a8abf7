"""A call without a switch, as a dialogue: what the caller hears, and what caller and other people do about it.

The machine of a live call, with a switch that is imagined and time that passes at will. It is what `switchboard flow
try` talks to and what the tests of flows are performed with.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from engine.call.machine import CallMachine
from engine.call.rehearsal.hearing import FOR_EVER, words
from engine.call.rehearsal.imagined_switch import ImaginedSwitch
from engine.call.rehearsal.transcript import Heard, Line, Transcript
from engine.core.effects import Dial, HttpCall
from engine.core.events import CallEvent
from engine.core.ids import CallId, LegId
from engine.core.prompts import Prompt
from engine.core.signals import HttpReply, Json, LegArrived, Signal, TimerFired
from engine.core.steps import Wait
from engine.flow.bundle import Bundle
from engine.flow.dialplan import Dialplan, Rule
from engine.flow.document import Place
from engine.flow.facts import FlowResult
from engine.flow.frame import RECORDINGS
from engine.flow.rehearsal.source import PersonDoes
from engine.flow.runner import Runner

CALL = CallId("00000000-0000-4000-8000-000000000001")
CALLER = "+442079460123"
CALLED = "+442079460000"
KEY_TIME = 0.2
"""Seconds between two keys of one text."""
MOST_EVENTS = 10_000

Needs = Literal["caller", "agent", "talk", "nothing"]
_ENDINGS = ("hangup", "finished", "transferred", "caller_hangup", "error")


class RehearsedCall(CallMachine):
    """The machine of a call, and what its running step waits for."""

    __slots__ = ()

    @property
    def wait(self) -> Wait | None:
        """What the running step waits for just now; None when it does not, or there is none."""
        script = self._course.script
        return script.wait if script is not None else None


def no_replies(call: HttpCall) -> HttpReply:
    """The answer to a request nobody gave a reply for."""
    return HttpReply(0, error="http.connect", detail=f"no reply was given for {call.method} {call.url}")


def answers(_: Dial) -> PersonDoes:
    """Everybody who is rung answers."""
    return "answers"


def reaching(bundle: Bundle, flow: str, inputs: Mapping[str, Json]) -> Bundle:
    """A version of the flows in which every call begins with this flow."""
    rule = Rule("rehearsal", flow, Place("", 0, 0), inputs=inputs)
    return replace(bundle, dialplan=Dialplan((rule,), country=bundle.project.country))


class Dialogue:
    """One imagined call. `lines` is all that happened, `result` is set when the call has ended."""

    __slots__ = ("_arrival", "_switch", "_talk", "_transcript", "call", "events", "hearings", "requests", "result")

    def __init__(
        self,
        bundle: Bundle,
        flow: str,
        *,
        at: float,
        caller: str = CALLER,
        called: str = CALLED,
        inputs: Mapping[str, Json] | None = None,
        switches: Mapping[str, str] | None = None,
        people: Iterable[PersonDoes] = (),
        answer_http: Callable[[HttpCall], HttpReply] = no_replies,
        whom: Callable[[Dial], PersonDoes] = answers,
        answered: bool = False,
        headers: Mapping[str, str] | None = None,
        records: bool = True,
    ) -> None:
        self.events: list[CallEvent] = []
        self.requests: list[HttpCall] = []
        self.hearings: list[Heard] = []
        self._talk: tuple[Dial, int] | None = None
        self.result: FlowResult | None = None
        self._transcript = Transcript(at)

        def answer(call: HttpCall) -> HttpReply:
            self.requests.append(call)
            return answer_http(call)

        self._switch = ImaginedSwitch(LegId(CALL), self._told, at, answer, whom, deque(people), records=records)
        self.call = RehearsedCall(CALL, reaching(bundle, flow, inputs or {}), switches)
        self._arrival = LegArrived(
            at, LegId(CALL), "rehearsal", caller, "", called, answered=answered, headers=dict(headers or {}),
            recordings=RECORDINGS,
        )  # fmt: skip

    # What is to be seen

    @property
    def now(self) -> float:
        """Seconds since 1970 in the dialogue."""
        return self._switch.now

    @property
    def runner(self) -> Runner:
        """The flows of the call, once it has begun."""
        runner = self.call.runner
        assert runner is not None
        return runner

    @property
    def people(self) -> deque[PersonDoes]:
        """What those who are rung next will do, in order."""
        return self._switch.people

    @property
    def lines(self) -> list[Line]:
        """All that happened, to be read."""
        return self._transcript.lines

    @property
    def heard(self) -> list[str]:
        """What the caller heard, in order, as words."""
        return [text for heard in self.hearings if (text := words(heard.prompt))]

    @property
    def recording(self) -> bool:
        """Whether the caller is being recorded, so that speaking means something."""
        return any(recording.start.sides == "caller" for recording in self._switch.recordings.values())

    @property
    def talking_to(self) -> Dial | None:
        """Whom the caller talks with just now."""
        leg = self._switch.talking_to
        return self._switch.dialled.get(leg) if leg is not None else None

    @property
    def last_talk(self) -> Dial | None:
        """Whom the caller talks with, or talked with last and heard nothing since."""
        return self._talk[0] if self._talk is not None and self._talk[1] == len(self.hearings) else None

    @property
    def needs(self) -> Needs:
        """Who can act now: the caller by keys, an agent by keys, the two who talk, or nobody."""
        switch = self._switch
        if switch.closed:
            return "nothing"
        if switch.talking_to is not None:
            return "talk"
        if switch.secret is not None:
            return "caller"
        wait = self.call.wait
        if wait is not None and wait.digits == "take":
            return "caller" if wait.digits_of in (None, switch.caller) else "agent"
        return "nothing"

    # What people do

    def begin(self) -> None:
        """The call arrives; time passes until somebody can act."""
        self.arrive()
        self.settle()

    def arrive(self) -> None:
        """The call arrives; no time passes yet."""
        self._handle(self._arrival)
        self._listen()

    def press(self, keys: str) -> None:
        """The caller presses keys, then waits until somebody can act."""
        self._keys(self._switch.caller, keys)
        self.settle()

    def agent_presses(self, keys: str) -> None:
        """The agent who listens, or talks, presses keys."""
        wait = self.call.wait
        leg = self._switch.talking_to or (wait.digits_of if wait is not None else None)
        if leg is not None:
            self._keys(leg, keys)
        self.settle()

    def agent_hangs_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """The other party ends the talk, or lays down before it took the call."""
        wait = self.call.wait
        leg = self._switch.talking_to
        if leg is None and wait is not None:
            leg = wait.digits_of or next(iter(wait.legs), None)
        if leg is not None:
            self._told("note", "the other party hangs up")
            self._switch.leg_ends(leg, cause, by_them=True)
            self._listen()
        self.settle()

    def silence(self) -> None:
        """Nobody does anything until what is waited for is given up."""
        waited = self.call.wait
        for _ in range(MOST_EVENTS):
            if self._switch.closed or not self._pass():
                break
            wait = self.call.wait
            if wait is not waited and (waited is None or not _same_input(waited, wait)):
                break
        self.settle()

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        self._until(self.now + seconds)

    def speak(self, seconds: float) -> None:
        """The caller speaks for so long and is silent then."""
        if not self._switch.speak(seconds):
            self.wait(seconds)
            return
        while self.recording and self._pass():
            pass
        self.settle()

    def hang_up(self) -> None:
        """The caller hangs up: the flow is cut short and its hang-up blocks run."""
        if self._switch.closed:
            return
        self._told("note", "the caller hangs up")
        answered = self.call.runner is not None and self.call.runner.answered
        self._switch.caller_leaves("NORMAL_CLEARING" if answered else "ORIGINATOR_CANCEL", by_them=True)
        self._listen()
        self._to_the_end()

    def settle(self) -> None:
        """Let time pass until somebody can act, or the call is over."""
        for _ in range(MOST_EVENTS):
            if self._switch.closed or self.needs != "nothing" or not self._pass():
                return

    def let_go(self) -> None:
        """Undo what ties its parts into circles, so that they are freed at once; it cannot go on after that."""
        self._switch.let_go()
        runner = self.runner
        frame = runner.frame_of(runner.position.flow) if runner.position is not None else None
        for running in frame.stack() if frame is not None else ():
            running.view = None

    def _to_the_end(self) -> None:
        for _ in range(MOST_EVENTS):
            if self._switch.closed or not self._pass():
                return

    # How it goes on

    def _keys(self, leg: LegId, keys: str) -> None:
        for key in keys:
            if self._switch.closed:
                return
            self._told("press" if leg == self._switch.caller else "agent presses", key)
            self._switch.press(leg, key)
            self._listen()
            self._until(self.now + KEY_TIME)

    def _next(self) -> float:
        timer = self.call.next_timer()
        return min(self._switch.next_due(), timer[1] if timer is not None else FOR_EVER)

    def _until(self, time: float) -> None:
        while not self._switch.closed and self._next() <= time:
            if not self._pass():
                break
        self._switch.now = max(self._switch.now, time)

    def _pass(self) -> bool:
        """Let the next thing happen by itself; False when nothing ever will."""
        switch = self._switch
        due = switch.next_due()
        timer = self.call.next_timer()
        if timer is not None and timer[1] <= due:
            switch.now = max(switch.now, timer[1])
            self._handle(TimerFired(switch.now, timer[0]))
        elif due == FOR_EVER:
            return False
        else:
            switch.happen()
        self._listen()
        return True

    def _listen(self) -> None:
        """Tell the call everything that has happened at the switch."""
        signals = self._switch.signals
        while signals:
            self._handle(signals.popleft())

    def _handle(self, signal: Signal) -> None:
        outcome = self.call.handle(signal)
        note = self._transcript.note
        for event in outcome.events:
            self.events.append(event)
            note((event.at, "event", event))
            if event.type == "call.ended":
                self._ended(event)
            elif event.type == "call.bridged" and (dial := self.talking_to) is not None:
                self._talk = dial, len(self.hearings)
        perform = self._switch.perform
        for effect in outcome.effects:
            perform(effect)

    def _ended(self, event: CallEvent) -> None:
        told = (one.fields["result"] for one in reversed(self.events) if one.type == "flow.finished")
        how = next((result for result in told if result in _ENDINGS), "hangup")
        self.result = FlowResult(how, str(event.fields["cause"]))  # type: ignore[arg-type]
        self._told("end", f"{how} ({event.fields['cause']})")

    def _told(self, what: str, thing: str | Prompt | tuple[HttpCall, HttpReply]) -> None:
        now = self._switch.now
        if what == "hear":
            runner = self.call.runner
            self.hearings.append(Heard(now, thing, runner.language if runner is not None else ""))  # type: ignore[arg-type]
        self._transcript.note((now, what, thing))


def _same_input(before: Wait, after: Wait | None) -> bool:
    """Whether the second wait is the same attempt going on: the prompt ended and its silence began."""
    if after is None or (before.digits, before.digits_of) != ("take", after.digits_of) or after.digits != "take":
        return False
    return set(after.asks) < set(before.asks)
